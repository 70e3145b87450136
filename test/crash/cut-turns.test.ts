import assert from "node:assert/strict";
import {
  appendFileSync,
  copyFileSync,
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { identifyProcess } from "../../src/system/processes/identity.ts";
import { type FakeCli, openFakeCli } from "../support/cli/fake-cli.ts";
import { FAKE_AGENT, type FakeScript, fakeEnvironment } from "../support/fake-agent/script.ts";
import { type Running, run, until } from "../support/run.ts";

/** A turn whose agent waits, with the ways to cut it. */
interface Cut {
  cli: FakeCli;
  sending: Running;
  agentPid: number;
  folder: string;
  gate: string;
}

async function startTurn(cli: FakeCli, script: FakeScript = {}): Promise<Cut> {
  const [pidFile, gate] = [join(cli.sandbox.folder, "pid"), join(cli.sandbox.folder, "gate")];
  const prompt = cli.say({ pidTo: pidFile, waitForFile: gate, ...script }, "the cut one");
  const sending = cli.start(["send", "x", "--json", prompt]);
  await until(() => existsSync(pidFile) && readFileSync(pidFile, "utf8") !== "", {
    what: "the agent to wait",
  });
  const turns = join(cli.sandbox.env.AGENT_SESSIONS_HOME ?? "", "turns");
  const [id = ""] = readdirSync(turns);
  return { cli, sending, agentPid: Number(readFileSync(pidFile, "utf8")), folder: join(turns, id), gate };
}

async function killCaller({ sending }: Cut): Promise<void> {
  sending.kill("SIGKILL");
  await sending.exited;
}

async function killAgent({ agentPid }: Cut): Promise<void> {
  process.kill(agentPid, "SIGKILL");
  await isGone(agentPid);
}

async function isGone(pid: number): Promise<void> {
  await until(() => identifyProcess(pid) === undefined, { what: "the agent to be gone" });
}

/** Lets the agent go on to its end with nobody there to see it. */
async function finishAlone(cut: Cut): Promise<void> {
  await killCaller(cut);
  writeFileSync(cut.gate, "");
  await isGone(cut.agentPid);
}

interface LastTurn {
  outcome: string;
  text: string;
  prompt_kept: boolean | null;
  usage: object | null;
  error: { message: string } | null;
}

/** The one terminal record that the next command leaves, after a look that no other comes. */
async function settled(cli: FakeCli): Promise<LastTurn> {
  await cli.run(["list"]);
  const { turns } = (await cli.run(["history", "x", "--json"])).json as unknown as { turns: LastTurn[] };
  assert.equal(turns.length, 2, "one record for the create and one for the cut turn");
  const last = turns[1];
  assert.ok(last);
  return last;
}

for (const agent of ["claude", "codex"]) {
  const open = async (t: Parameters<typeof openFakeCli>[0]) => {
    const cli = openFakeCli(t);
    assert.equal((await cli.run(["create", "x", "-a", agent])).code, 0);
    return cli;
  };

  test(`${agent}: caller killed: the turn ends as the agent ends it`, async (t) => {
    const cut = await startTurn(await open(t));
    await finishAlone(cut);
    const last = await settled(cut.cli);
    assert.deepEqual([last.outcome, last.error], ["succeeded", null]);
    assert.match(last.text, /the cut one/);
    assert.notEqual(last.usage, null);
  });

  test(`${agent}: agent killed: the caller says so, and that the prompt is in the conversation`, async (t) => {
    const cut = await startTurn(await open(t));
    await killAgent(cut);
    const { code, stdout, stderr } = await cut.sending.result;
    const result = JSON.parse(stdout);
    assert.deepEqual([code, result.outcome, result.prompt_kept], [3, "failed", true]);
    assert.match(result.error.message, /killed by SIGKILL/);
    assert.match(stderr, /agent-sessions send --retry x/);
    assert.equal((await settled(cut.cli)).outcome, "failed");
  });

  test(`${agent}: both killed: interrupted, as its transcript says`, async (t) => {
    const cut = await startTurn(await open(t));
    await killCaller(cut);
    await killAgent(cut);
    const last = await settled(cut.cli);
    assert.deepEqual([last.outcome, last.prompt_kept, last.usage], ["interrupted", true, null]);
  });

  test(`${agent}: both killed and no transcript to look into: unknown, with what is known`, async (t) => {
    const cut = await startTurn(await open(t), { transcript: false, stdoutLines: 3 });
    await killCaller(cut);
    await killAgent(cut);
    const home = cut.cli.sandbox.home;
    for (const folder of [".claude/projects", ".codex/sessions"])
      rmSync(join(home, folder), { recursive: true, force: true });
    const last = await settled(cut.cli);
    assert.deepEqual([last.outcome, last.prompt_kept], ["unknown", null]);
    assert.match(last.error?.message ?? "", /It is unknown how the turn ended/);
  });

  test(`${agent}: machine restarted, the output lost with it: the answer comes from the transcript`, async (t) => {
    const cut = await startTurn(await open(t));
    await finishAlone(cut);
    restart(cut);
    truncateSync(join(cut.folder, "stdout.jsonl"));
    const last = await settled(cut.cli);
    assert.deepEqual([last.outcome, last.usage], ["succeeded", null]);
    assert.match(last.text, /the cut one/);
  });

  test(`${agent}: machine restarted in mid-turn: interrupted, whoever has the numbers of its processes now`, async (t) => {
    const cut = await startTurn(await open(t));
    await killCaller(cut);
    // The agent lives on in this test: another process may well have its number after a restart.
    restart(cut);
    const last = await settled(cut.cli);
    assert.deepEqual([last.outcome, last.prompt_kept], ["interrupted", true]);
    assert.ok(identifyProcess(cut.agentPid), "nobody was touched");
    await killAgent(cut);
  });

  test(`${agent}: last line torn: the answer comes from the transcript`, async (t) => {
    const cut = await startTurn(await open(t));
    await finishAlone(cut);
    const spool = join(cut.folder, "stdout.jsonl");
    truncateSync(spool, readFileSync(spool).length - 30);
    const last = await settled(cut.cli);
    assert.deepEqual([last.outcome, last.usage], ["succeeded", null]);
    assert.match(last.text, /the cut one/);
  });

  test(`${agent}: terminal event written but process hung: shown, waited for, and its answer kept when it is ended`, async (t) => {
    const cut = await startTurn(await open(t), { lingerMs: 60_000, ignoreSigint: true });
    writeFileSync(cut.gate, "");
    const { cli } = cut;
    await until(async () => (await reasonOf(cli)) === "answered", { what: "the last word" });
    const waited = await cli.run(["wait", "x", "--timeout", "50ms", "--json"]);
    assert.equal(waited.json.error?.code, "still_running");
    await killCaller(cut);
    assert.equal(await reasonOf(cli), "answered");
    await cli.run(["cancel", "x"]);
    assert.equal(identifyProcess(cut.agentPid), undefined);
    const last = await settled(cli);
    assert.deepEqual([last.outcome, last.error], ["succeeded", null]);
    assert.match(last.text, /the cut one/);
  });

  test(`${agent}: exit 0 without a terminal event: the answer comes from the transcript, if it is there`, async (t) => {
    const cli = await open(t);
    const silent = { noTerminalEvent: true, exitCode: 0 };
    const told = await cli.run(["send", "x", "--json", cli.say(silent, "told")]);
    assert.deepEqual([told.code, told.json.outcome, told.json.usage], [0, "succeeded", null], told.stdout);
    assert.match(String(told.json.text), /told/);
    const lost = await cli.run(["send", "x", "--json", cli.say({ ...silent, noAnswer: true }, "lost")]);
    assert.deepEqual([lost.code, lost.json.outcome, lost.json.prompt_kept], [3, "failed", true]);
    assert.match(lost.json.error?.message ?? "", /exited with code 0/);
  });
}

/** A turn of somebody else, with the agent itself; no command of ours sees what came before it. */
async function sayAsAnother({ cli, id, agent }: Shared, prompt: string): Promise<void> {
  const words = agent === "codex" ? ["exec", "--json", "resume", id, "-"] : ["-p", "--resume", id];
  const { workspace: cwd, env } = cli.sandbox;
  const { code, stderr } = await run([FAKE_AGENT, ...words], { cwd, env, input: prompt });
  assert.equal(code, 0, stderr);
}

interface Shared {
  cli: FakeCli;
  id: string;
  agent: string;
}

/** What a turn says that is told to have been cut off before it could write anything down. */
const STILLBORN: FakeScript = { transcript: false, noStart: true, noAnswer: true, noTerminalEvent: true };

for (const agent of ["claude", "codex"]) {
  const open = async (t: Parameters<typeof openFakeCli>[0]): Promise<Shared> => {
    const cli = openFakeCli(t);
    const { json } = await cli.run(["create", "x", "-a", agent, "--json"]);
    return { cli, id: String(json.session_id), agent };
  };

  test(`${agent}: what others have said before a turn is no evidence of it, whatever the words`, async (t) => {
    const shared = await open(t);
    const { cli } = shared;
    await sayAsAnother(shared, "go on");
    const env = fakeEnvironment({ ...STILLBORN, exitCode: 1 });
    const told = await cli.run(["send", "x", "--json", "go on"], { env });
    assert.deepEqual(
      [told.code, told.json.outcome, told.json.text, told.json.prompt_kept],
      [3, "failed", "", false],
      told.stdout,
    );
  });

  test(`${agent}: what others have said after a turn was cut off is not its answer, nor is it taken back`, async (t) => {
    const shared = await open(t);
    const cut = await startTurn(shared.cli);
    await killCaller(cut);
    await killAgent(cut);
    writeFileSync(cut.gate, "");
    await sayAsAnother(shared, readFileSync(join(cut.folder, "prompt"), "utf8"));
    const last = await settled(cut.cli);
    assert.deepEqual([last.outcome, last.text, last.prompt_kept], ["interrupted", "", true]);
    const retried = await cut.cli.run(["send", "--retry", "x", "--json"]);
    assert.deepEqual([retried.code, retried.json.error?.code], [2, "usage"], retried.stdout);
    assert.match(retried.json.error?.message ?? "", /Others have continued "x" since its last turn/);
  });

  test(`${agent}: of a turn that had not said a word nobody can tell whether the same words are its own`, async (t) => {
    const shared = await open(t);
    const { cli } = shared;
    const [pidTo, waitForFile] = [join(cli.sandbox.folder, "pid"), join(cli.sandbox.folder, "gate")];
    const env = fakeEnvironment({ ...STILLBORN, pidTo, waitForFile });
    const sending = cli.start(["send", "x", "go on"], { env });
    await until(() => existsSync(pidTo) && readFileSync(pidTo, "utf8") !== "", { what: "the agent" });
    sending.kill("SIGKILL");
    await sending.exited;
    const agentPid = Number(readFileSync(pidTo, "utf8"));
    process.kill(agentPid, "SIGKILL");
    await isGone(agentPid);
    await sayAsAnother(shared, "go on");
    const last = await settled(cli);
    assert.deepEqual([last.outcome, last.text, last.prompt_kept], ["unknown", "", null]);
  });

  test(`${agent}: where a turn began in its transcript is known, or nothing is told of it`, async (t) => {
    const { cli } = await open(t);
    const ends: [string, (cut: Cut) => void, string, boolean | null][] = [
      [
        "a plan of 0.1",
        (cut) => edit(cut, "turn.json", ({ transcriptMark: _, ...plan }) => plan),
        "interrupted",
        true,
      ],
      [
        "no mark",
        (cut) => edit(cut, "turn.json", ({ transcriptMark: _, transcriptBytes: __, ...plan }) => plan),
        "unknown",
        null,
      ],
      [
        "another file in its place",
        ({ cli }) => {
          const folder = join(cli.sandbox.home, agent === "claude" ? ".claude/projects" : ".codex/sessions");
          const [file = ""] = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) =>
            name.endsWith(".jsonl"),
          );
          copyFileSync(join(folder, file), join(folder, "copy"));
          renameSync(join(folder, "copy"), join(folder, file));
        },
        "unknown",
        null,
      ],
    ];
    for (const [what, change, outcome, isKept] of ends) {
      rmSync(join(cli.sandbox.folder, "pid"), { force: true });
      const cut = await startTurn(cli);
      await killCaller(cut);
      await killAgent(cut);
      change(cut);
      await cli.run(["list"]);
      const last = (await cli.run(["show", "x", "--json"])).json.last_turn as LastTurn;
      assert.deepEqual([last.outcome, last.prompt_kept], [outcome, isKept], what);
    }
  });
}

test("what was said in a conversation before we came is no evidence either, by its id or by a name", async (t) => {
  const cli = openFakeCli(t);
  const id = "11111111-2222-4333-8444-555555555555";
  const { workspace: cwd, env: theirs } = cli.sandbox;
  await run([FAKE_AGENT, "-p", "--session-id", id], { cwd, env: theirs, input: "go on" });
  const env = fakeEnvironment({ ...STILLBORN, exitCode: 1 });
  const told = async (args: string[]) => {
    const { json } = await cli.run([...args, "--json", "go on"], { env });
    return [json.outcome, json.text, json.prompt_kept];
  };
  assert.deepEqual(await told(["once", "--resume", id]), ["failed", "", false]);
  await cli.run(["adopt", "x", id]);
  assert.deepEqual(await told(["send", "x"]), ["failed", "", false]);
});

test("a title or a line about costs does not stand in the way of a retry", async (t) => {
  const cli = openFakeCli(t);
  await cli.run(["create", "x", "first"]);
  const failed = await cli.run(["send", "x", "--json", "second"], {
    env: fakeEnvironment({ isError: true }),
  });
  assert.deepEqual([failed.code, failed.json.prompt_kept], [3, true], failed.stdout);
  const path = String((await cli.run(["show", "x", "--json"])).json.transcript);
  // What claude 2.1.329 leaves of a window that was opened and closed with /exit.
  const lines = [{ type: "custom-title", customTitle: "mine" }, { type: "mode" }, { type: "cost-state" }];
  appendFileSync(path, lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
  const retried = await cli.run(["send", "--retry", "x", "--json"]);
  assert.deepEqual([retried.json.outcome, retried.json.retry], ["succeeded", "rewound"], retried.stdout);
});

async function reasonOf(cli: FakeCli): Promise<unknown> {
  return ((await cli.run(["status", "--json"])).json.turns as { reason: string }[])[0]?.reason;
}

/** Makes the processes of a turn those of an earlier start of this machine. */
function restart(cut: Cut): void {
  edit(cut, "turn.json", (plan) => ({ ...plan, caller: { ...(plan.caller as object), boot: "before" } }));
  edit(cut, "agent.json", (agent) => ({ ...agent, boot: "before" }));
}

function edit({ folder }: Cut, file: string, change: (value: Record<string, unknown>) => object): void {
  const path = join(folder, file);
  writeFileSync(path, JSON.stringify(change(JSON.parse(readFileSync(path, "utf8")))));
}
