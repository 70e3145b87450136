import assert from "node:assert/strict";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { openFakeCli } from "../support/cli/fake-cli.ts";
import { REPOSITORY } from "../support/environment.ts";
import { until } from "../support/run.ts";

test("ten requests of one id at once are one turn and ten equal answers", async (t) => {
  const cli = openFakeCli(t);
  await cli.here(["create", "x"]);
  const args = ["send", "x", "--request-id", "r1", "--json", cli.say({}, "one")];
  const results = await Promise.all(Array.from({ length: 10 }, () => cli.here(args)));
  for (const { code, stdout } of results) assert.equal(code, 0, stdout);
  assert.equal(new Set(results.map(({ stdout }) => stdout)).size, 1);
  assert.equal(cli.records().length, 1);
  const later = await cli.here(args);
  assert.equal(later.stdout, results[0]?.stdout);
  assert.equal((await cli.here(["show", "x", "--json"])).json.turns, 2);
  const other = await cli.here(["send", "x", "--request-id", "r1", "--json", cli.say({}, "two")]);
  assert.deepEqual([other.code, other.json.error?.code], [2, "usage"]);
});

test("a request whose caller was killed is told how it ended, and asked again if it never began", async (t) => {
  const cli = openFakeCli(t);
  await cli.here(["create", "x"]);
  const gate = join(cli.sandbox.folder, "gate");
  const args = ["send", "x", "--request-id", "r1", "--json", cli.say({ waitForFile: gate }, "one")];
  const killed = cli.start(args);
  await until(() => cli.records().length === 1, { what: "the turn to begin" });
  // One that waits in the line behind it, and is killed there.
  const waiting = ["send", "x", "--request-id", "r2", "--json", cli.say({}, "two")];
  const inLine = cli.start(waiting);
  await inLine.waitFor((_, stderr) => stderr.includes("waiting"), { what: "the line" });
  for (const one of [killed, inLine]) {
    one.kill("SIGKILL");
    await one.exited;
  }
  const again = cli.start(args);
  writeFileSync(gate, "");
  const result = JSON.parse((await again.result).stdout);
  assert.deepEqual([result.outcome, cli.records().length], ["succeeded", 1]);
  const second = await cli.here(waiting);
  assert.match(String(second.json.text), /two \[prompts: 3\]/);
  assert.equal(cli.records().length, 2);
});

test("a request whose caller died between its plan and its agent was never asked, and is asked now", async (t) => {
  const cli = openFakeCli(t);
  await cli.here(["create", "x", "begin"]);
  const args = ["send", "x", "--request-id", "r1", "--json", cli.say({}, "one")];
  const hook = `--import ${join(REPOSITORY, "test/support/cli/die-before-agent.mjs")}`;
  const killed = await cli.run(args, { env: { NODE_OPTIONS: hook } });
  assert.deepEqual([killed.signal, cli.records().length], ["SIGKILL", 0], killed.stderr);
  // Many come back for it at once.
  const results = await Promise.all(Array.from({ length: 4 }, () => cli.here(args)));
  for (const { code, stdout } of results) assert.equal(code, 0, stdout);
  assert.equal(new Set(results.map(({ stdout }) => stdout)).size, 1);
  assert.equal(cli.records().length, 1, "asked once");
  const turns = (await cli.here(["history", "x", "--json"])).json.turns as { outcome: string }[];
  assert.deepEqual(
    turns.map(({ outcome }) => outcome),
    ["succeeded", "interrupted", "succeeded"],
  );
});

test("nobody knows how it ended: told as such, and asked again only if that is wanted", async (t) => {
  const cli = openFakeCli(t);
  await cli.here(["create", "x"]);
  const pidFile = join(cli.sandbox.folder, "pid");
  const script = { pidTo: pidFile, sleepMs: 60_000, transcript: false } as const;
  const args = ["send", "x", "--request-id", "r1", "--json", cli.say(script, "one")];
  const sending = cli.start(args);
  await until(() => cli.records().length === 1, { what: "the turn to begin" });
  sending.kill("SIGKILL");
  await sending.exited;
  process.kill(cli.records()[0]?.pid ?? Number.NaN, "SIGKILL");
  rmSync(join(cli.sandbox.home, ".claude/projects"), { recursive: true });
  const unknown = await cli.here(args);
  assert.deepEqual([unknown.code, unknown.json.outcome], [3, "unknown"], unknown.stdout);
  const flags = ["--on-unknown", "resend", "--deadline", "1s"];
  const resent = await cli.here([...args.slice(0, 4), ...flags, ...args.slice(4)]);
  assert.equal(cli.records().length, 2, resent.stdout);
});

test("a request that never began does not count", async (t) => {
  const cli = openFakeCli(t);
  await cli.here(["create", "x"]);
  const missing = await cli.here(
    ["send", "x", "--request-id", "r1", "--json", "--agent-cmd", "/nowhere/agent", "one"],
    { plain: true },
  );
  assert.equal(missing.json.error?.code, "agent_missing");
  const sent = await cli.here(["send", "x", "--request-id", "r1", "--json", "one"]);
  assert.equal(sent.json.outcome, "succeeded");
});

test("a request is known by its id under another name, and after the conversation has moved to another id", async (t) => {
  const cli = openFakeCli(t);
  await cli.here(["create", "x", cli.say({}, "begin")]);
  const args = ["--request-id", "r1", "--json", cli.say({}, "one")];
  const first = await cli.here(["send", "x", ...args]);
  await cli.here(["rename", "x", "y"]);
  assert.equal((await cli.here(["send", "y", ...args])).json.turn_id, first.json.turn_id);
  const sessionId = "11111111-2222-4333-8444-555555555555";
  const moved = await cli.here(["send", "y", "--json", cli.say({ sessionId, carryOver: true }, "two")]);
  assert.equal(moved.json.continuity, "rotated", moved.stdout);
  const starts = cli.records().length;
  const again = await cli.here(["send", "y", ...args]);
  assert.equal(again.json.turn_id, first.json.turn_id);
  // Long after, only the journal of the conversation that it ran in tells.
  rmSync(join(cli.sandbox.env.AGENT_SESSIONS_HOME ?? "", "settled"), { recursive: true, force: true });
  assert.equal((await cli.here(["send", "y", ...args])).json.turn_id, first.json.turn_id);
  assert.equal(cli.records().length, starts, "nothing was asked");
  const fork = await cli.here(["fork", "y", "z", "--json", cli.say({}, "fork")]);
  assert.equal(fork.code, 0, fork.stdout);
  const inFork = await cli.here(["send", "z", ...args]);
  assert.notEqual(inFork.json.turn_id, first.json.turn_id, "a fork is a conversation of its own");
});

test("a fork is a conversation of its own from the start, and so is what takes a name's place", async (t) => {
  const cli = openFakeCli(t);
  await cli.here(["create", "x", cli.say({}, "begin")]);
  const args = ["--request-id", "r1", "--json", cli.say({}, "one")];
  const first = await cli.here(["send", "x", ...args]);
  const gate = join(cli.sandbox.folder, "gate");
  await cli.here(["fork", "x", "y", "--detach", cli.say({ waitForFile: gate }, "fork")]);
  await until(async () => (await cli.here(["show", "y"])).code === 0, { what: "the fork to have its name" });
  const inFork = cli.start(["send", "y", ...args]);
  await inFork.waitFor((_, stderr) => stderr.includes("waiting"), { what: "the line" });
  writeFileSync(gate, "");
  const forked = JSON.parse((await inFork.result).stdout);
  assert.deepEqual([forked.outcome, forked.name], ["succeeded", "y"]);
  assert.notEqual(forked.turn_id, first.json.turn_id);

  // While a request waits in line, its name is given to another conversation.
  const busy = join(cli.sandbox.folder, "busy");
  const before = cli.records().length;
  await cli.here(["send", "x", "--detach", cli.say({ waitForFile: busy }, "long")]);
  await until(() => cli.records().length > before, { what: "the long turn" });
  const second = ["send", "x", "--request-id", "r2", "--json", cli.say({}, "two")];
  const waiting = cli.start(second);
  await waiting.waitFor((_, stderr) => stderr.includes("waiting"), { what: "the line" });
  await cli.here(["create", "x", "--replace", cli.say({}, "anew")]);
  writeFileSync(busy, "");
  const asked = JSON.parse((await waiting.result).stdout);
  assert.equal(asked.outcome, "succeeded");
  assert.equal((await cli.here(second)).json.turn_id, asked.turn_id, "asked once in the new one");
  assert.equal((await cli.here(["show", "x", "--json"])).json.turns, 2);
});
