// What `history` leaves out, with the fake agent; the real ones are in test/real-agents/adopt.test.ts.
import assert from "node:assert/strict";
import { copyFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { openSessions } from "../../src/index.ts";
import { sayBare } from "../support/cli/bare-agent.ts";
import { type FakeCli, openFakeCli } from "../support/cli/fake-cli.ts";
import { until } from "../support/until.ts";

interface Gap {
  kind: string;
  exchanges: number | null;
  after_turn_id: string | null;
  before_turn_id: string | null;
  session_id: string;
  name: string | null;
  transcript: string | null;
  said: { prompt: string; text: string | null }[] | null;
}
interface Told {
  turns: { turn_id: string }[];
  not_shown: Gap[];
}

async function must(cli: FakeCli, ...args: string[]) {
  const result = await cli.here([...args, "--json"]);
  assert.equal(result.code, 0, result.stdout + result.stderr);
  return result.json;
}

/** What is left out, with the places of the turns around it. */
async function leftOut(cli: FakeCli, ...args: string[]) {
  const { turns, not_shown: gaps } = (await must(cli, "history", ...args)) as unknown as Told;
  const placeOf = (id: string | null) => turns.findIndex((turn) => turn.turn_id === id);
  return gaps.map((gap) => [
    gap.kind,
    gap.exchanges,
    placeOf(gap.after_turn_id),
    placeOf(gap.before_turn_id),
  ]);
}

for (const agent of ["claude", "codex"] as const) {
  test(`${agent}: history says where others have spoken, how often, and where that is`, async (t) => {
    const cli = openFakeCli(t);
    const id = await sayBare(cli, agent, "one");
    const say = (prompt: string) => sayBare(cli, agent, prompt, { resume: id });
    await say("two");
    await must(cli, "adopt", "x", id, "--agent", agent);
    const { transcript, exchanges_outside: outside } = await must(cli, "show", "x");
    assert.equal(outside, 2);
    const alone = await cli.here(["history", "x"]);
    const said =
      /^── 2 exchanges outside agent-sessions; (\S+)\n\n> #fake .*\n> one\n(.+)\n\n> #fake .*\n> two\n(.+)\n$/.exec(
        alone.stdout,
      );
    assert.equal(said?.[1], transcript, alone.stdout);
    const { not_shown: unnamed } = (await must(cli, "history", "x")) as unknown as Told;
    assert.deepEqual(
      unnamed[0]?.said?.map(({ prompt, text }) => [prompt.trim().split("\n").at(-1), text]),
      [
        ["one", said?.[2]],
        ["two", said?.[3]],
      ],
    );
    assert.equal(alone.stderr, "No turn of agent-sessions has ended in this conversation yet.\n");
    assert.match(
      (await cli.here(["show", "x"])).stdout,
      /^ +turns +0, and 2 exchanges outside agent-sessions$/m,
    );

    await must(cli, "send", "x", cli.say({}, "ours"));
    // The same words as ours, spoken by others.
    await say("ours");
    await must(cli, "send", "x", cli.say({}, "ours again"));
    await must(cli, "send", "x", cli.say({}, "more"));
    await say("late");
    const all = [
      ["outside", 2, -1, 0],
      ["outside", 1, 0, 1],
      ["outside", 1, 2, -1],
    ];
    assert.deepEqual(await leftOut(cli, "x"), all);
    assert.deepEqual(await leftOut(cli, "x", "--last", "1"), [["outside", 1, 0, -1]]);
    const told = (await cli.here(["history", "x"])).stdout;
    assert.match(
      told,
      /^── 2 exch[\s\S]* succeeded [\s\S]*\n\n── 1 exchange outside agent-sessions; \/.*\n\n> #fake .*\n> ours\n.+\n\n.* succeeded /,
    );
    const sessions = await openSessions({ workspace: cli.sandbox.workspace, env: cli.sandbox.env });
    const x = await sessions.get("x");
    const { exchangesOutside } = await x.show();
    const { exchanges, afterTurnId, beforeTurnId, transcriptPath } = (await x.leftOut())[1] ?? {};
    const ids = (await x.history()).map(({ turnId }) => turnId);
    assert.deepEqual(
      [exchangesOutside, exchanges, afterTurnId, beforeTurnId, transcriptPath],
      [4, 1, ids[0], ids[1], transcript],
    );

    await must(cli, "fork", "x", "branch", cli.say({}, "ours"));
    assert.deepEqual(await leftOut(cli, "branch"), [["before_fork", 7, -1, 0]]);
    assert.match(
      (await cli.here(["history", "branch"])).stdout,
      /^── 7 exchanges before the fork of x; \/.*\n\n> #fake .*\n> one\n/,
    );
    assert.equal((await must(cli, "show", "branch")).exchanges_outside, 0);

    // Written anew by somebody, our places in it are worth nothing; our words still are.
    copyFileSync(String(transcript), `${transcript}.new`);
    renameSync(`${transcript}.new`, String(transcript));
    assert.deepEqual(await leftOut(cli, "x"), [["outside", 4, -1, -1]]);
    assert.match(
      (await cli.here(["history", "x"])).stdout,
      /\n── 4 exchanges outside .*, before, between or after these turns; /,
    );
    rmSync(String(transcript));
    rmSync(join(cli.sandbox.env.AGENT_SESSIONS_HOME ?? "", "sessions"), { recursive: true, force: true });
    assert.equal((await must(cli, "show", "x")).exchanges_outside, null);
    assert.match((await cli.here(["history", "x"])).stdout, /is unknown: the transcript is gone\n$/);
  });
}

test("a turn that runs, one that failed and what the window did for itself are no exchanges of others", async (t) => {
  const cli = openFakeCli(t);
  await must(cli, "create", "x", cli.say({}, "first"));
  await cli.here(["send", "x", cli.say({ isError: true, noAnswer: true }, "failed")]);
  const { transcript } = await must(cli, "show", "x");
  const command = "<command-name>/model</command-name>\n<command-args></command-args>";
  const line = { type: "user", uuid: "u", message: { role: "user", content: command } };
  writeFileSync(String(transcript), `${JSON.stringify(line)}\n`, { flag: "a" });
  const gate = join(cli.sandbox.folder, "gate");
  const running = cli.start(["send", "x", cli.say({ waitForFile: gate }, "first")]);
  await until(async () => (await must(cli, "show", "x")).busy ?? undefined, { what: "a turn that runs" });
  assert.deepEqual(await leftOut(cli, "x"), []);
  assert.equal((await must(cli, "show", "x")).exchanges_outside, 0);
  writeFileSync(gate, "");
  await running.result;
  assert.deepEqual(await leftOut(cli, "x"), []);
});
