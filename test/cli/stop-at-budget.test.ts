// Turns that are ended when they have used up the budget, by what the agent tells while it writes.
import assert from "node:assert/strict";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { identifyProcess } from "../../src/system/processes/identity.ts";
import { openFakeCli } from "../support/cli/fake-cli.ts";
import { until } from "../support/run.ts";

/** What claude tells of an answer: at its beginning, and when it has written more of it. */
function answer(id: string, inputTokens: number, outputTokens: number): string[] {
  const usage = { input_tokens: inputTokens, output_tokens: 1 };
  return [
    { event: { type: "message_start", message: { id, usage } } },
    { api_message_id: id, event: { type: "message_delta", usage: { output_tokens: outputTokens } } },
  ].map((line) => JSON.stringify({ type: "stream_event", ...line, parent_tool_use_id: null }));
}

for (const isDetached of [false, true]) {
  test(`a turn is ended once it has used what is left${isDetached ? ", in the background too" : ""}`, async (t) => {
    const cli = openFakeCli(t);
    const pidTo = join(cli.sandbox.folder, "pid");
    await cli.here(["create", "x", "--budget", "1ktok", "one"]);
    const writeRaw = [...answer("a", 300, 100), ...answer("b", 400, 79)];
    const prompt = cli.say({ writeRaw, pidTo, sleepMs: 60_000 }, "two");
    const args = ["--stop-at-budget", "--json", prompt];
    if (isDetached) await cli.here(["send", "x", "--detach", ...args]);
    const stopped = await cli.here(isDetached ? ["wait", "x", "--json"] : ["send", "x", ...args]);
    assert.deepEqual(
      [stopped.code, stopped.json.outcome, stopped.json.error?.code],
      [3, "failed", "stopped_at_budget"],
      stopped.stdout + stopped.stderr,
    );
    assert.match(stopped.json.error?.message ?? "", /has used 879 tokens; the budget had 879 left/);
    assert.equal(identifyProcess(Number(readFileSync(pidTo, "utf8"))), undefined, "nothing of it is left");
    const [started] = cli.records();
    assert.ok(started?.argv.includes("--include-partial-messages"), "the stream that tells it is asked for");
  });
}

test("a turn below the budget is left alone, and without the option every turn is", async (t) => {
  const cli = openFakeCli(t);
  await cli.here(["create", "x", "--budget", "1ktok", "one"]);
  const below = cli.say({ writeRaw: answer("a", 800, 78) }, "two");
  assert.equal(
    (await cli.here(["send", "x", "--stop-at-budget", "--json", below])).json.outcome,
    "succeeded",
  );
  const over = cli.say({ writeRaw: answer("a", 8_000, 1) }, "three");
  assert.equal((await cli.here(["send", "x", "--json", over])).json.outcome, "succeeded");
});

test("a turn whose command is gone is ended by the next command that finds it over its budget", async (t) => {
  const cli = openFakeCli(t);
  const [pidTo, gate] = [join(cli.sandbox.folder, "pid"), join(cli.sandbox.folder, "go")];
  await cli.here(["create", "x", "--budget", "1Mtok", "one"]);
  const script = { writeRaw: answer("a", 800, 100), pidTo, waitForFile: gate };
  const sending = cli.start(["send", "x", "--stop-at-budget", cli.say(script, "two")]);
  await until(() => existsSync(pidTo) && readFileSync(pidTo, "utf8") !== "", { what: "the answer" });
  sending.kill("SIGKILL");
  await sending.exited;
  const status = await cli.here(["status", "--json"]);
  const [turn] = status.json.turns as { turn_id: string; reason: string }[];
  assert.equal(turn?.reason, "unattended", "below the budget it goes on");
  // The budget is far away until the command is gone; only then the plan says less.
  const plan = join(cli.sandbox.env.AGENT_SESSIONS_HOME ?? "", "turns", turn.turn_id, "turn.json");
  writeFileSync(plan, JSON.stringify({ ...JSON.parse(readFileSync(plan, "utf8")), endsAtTokens: 900 }));
  const waited = await cli.here(["wait", "x", "--json"]);
  assert.deepEqual([waited.code, waited.json.error?.code], [3, "stopped_at_budget"], waited.stdout);
  assert.equal(identifyProcess(Number(readFileSync(pidTo, "utf8"))), undefined);
});

test("where nobody tells on the way what is used, it is refused before anything runs", async (t) => {
  const cli = openFakeCli(t);
  await cli.here(["create", "dollars", "--budget", "5usd", "one"]);
  await cli.here(["create", "codex", "-a", "codex", "--budget", "1Mtok", "one"]);
  await cli.here(["create", "none", "one"]);
  const says: [name: string, code: string, words: RegExp][] = [
    ["dollars", "unsupported", /Claude Code tells dollars only at the end of a turn/],
    ["codex", "unsupported", /Codex tells what a turn has used only at its end/],
    ["none", "usage", /There is no budget at which the turn could be ended/],
  ];
  for (const [name, code, words] of says) {
    const refused = await cli.here(["send", name, "--stop-at-budget", "--json", cli.say({}, "two")]);
    assert.deepEqual([refused.code, refused.json.error?.code], [2, code], refused.stdout);
    assert.match(refused.json.error?.message ?? "", words);
  }
  assert.equal(cli.records().length, 0);
});
