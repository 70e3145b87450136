import assert from "node:assert/strict";
import { readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import { type FakeCli, openFakeCli } from "../support/cli/fake-cli.ts";
import { REPOSITORY } from "../support/environment.ts";
import { until } from "../support/run.ts";

/** Deletes all transcripts, ours too. */
function loseConversations(cli: FakeCli): void {
  rmSync(join(cli.sandbox.home, ".claude/projects"), { recursive: true });
  const sessions = join(cli.sandbox.env.AGENT_SESSIONS_HOME ?? "", "sessions");
  for (const path of readdirSync(sessions, { recursive: true, encoding: "utf8" }))
    if (path.endsWith("/transcript")) rmSync(join(sessions, path), { recursive: true });
}

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

test("a request that begins a conversation is known by its id: one turn, however often it is made", async (t) => {
  const cli = openFakeCli(t);
  const create = ["create", "x", "--request-id", "r1", "--json", cli.say({}, "one")];
  const results = await Promise.all(Array.from({ length: 6 }, () => cli.run(create)));
  for (const { code, stdout } of results) assert.equal(code, 0, stdout);
  assert.equal(new Set(results.map(({ json }) => json.turn_id)).size, 1);
  assert.equal(cli.records().length, 1);
  assert.equal((await cli.here(create)).json.turn_id, results[0]?.json.turn_id);

  const refused: [string[], RegExp][] = [
    [["create", "x", "--request-id", "r1", "two"], /another prompt/],
    [[...create.slice(0, 2), "-a", "codex", ...create.slice(2)], /used with claude/],
    [["create", "x", "--request-id", "", "two"], /--request-id is empty/],
  ];
  for (const [args, words] of refused) {
    const { code, json } = await cli.here([...args, "--json"]);
    assert.deepEqual([code, json.error?.code], [2, "usage"]);
    assert.match(json.error?.message ?? "", words);
  }
  const other = await cli.here(["create", "x", "--request-id", "r2", "--json", "two"]);
  assert.equal(other.json.error?.code, "name_exists");
  // A request that began nothing can be made again.
  for (let time = 0; time < 2; time += 1)
    assert.equal(
      (await cli.here(["create", "x", "--if-missing", "--request-id", "r3", "--json", "three"])).json.created,
      false,
    );

  const fork = ["fork", "x", "y", "--request-id", "r1", "--json", cli.say({}, "fork")];
  const forked = await cli.here(fork);
  assert.equal((await cli.here(fork)).json.turn_id, forked.json.turn_id, forked.stdout);
  await cli.here(["remove", "y"]);
  assert.equal((await cli.here(fork)).json.turn_id, forked.json.turn_id, "also when its name is gone");
  assert.equal(cli.records().length, 2);
});

test("a create whose command was killed is told how it ended; one that never began is begun now", async (t) => {
  const cli = openFakeCli(t);
  const gate = join(cli.sandbox.folder, "gate");
  const args = ["create", "x", "--request-id", "r1", "--json", cli.say({ waitForFile: gate }, "one")];
  const killed = cli.start(args);
  await until(() => cli.records().length === 1, { what: "the turn to begin" });
  killed.kill("SIGKILL");
  await killed.exited;
  const again = cli.start(args);
  writeFileSync(gate, "");
  assert.equal(JSON.parse((await again.result).stdout).outcome, "succeeded");
  assert.equal(cli.records().length, 1);

  const hook = `--import ${join(REPOSITORY, "test/support/cli/die-before-agent.mjs")}`;
  const second = ["create", "y", "--request-id", "r1", "--json", cli.say({}, "two")];
  const died = await cli.run(second, { env: { NODE_OPTIONS: hook } });
  assert.deepEqual([died.signal, cli.records().length], ["SIGKILL", 1], died.stderr);
  const begun = await cli.here(second);
  assert.deepEqual([begun.json.outcome, cli.records().length], ["succeeded", 2], begun.stdout);
});

test("send --fork-from and send --fresh with an id: what began the conversation is the turn of the request", async (t) => {
  const cli = openFakeCli(t);
  await cli.here(["create", "trunk", cli.say({}, "begin")]);
  const send = ["send", "x", "--fork-from", "trunk", "--request-id", "r1", "--json", cli.say({}, "one")];
  const results = await Promise.all(Array.from({ length: 4 }, () => cli.run(send)));
  for (const { code, stdout } of results) assert.equal(code, 0, stdout);
  assert.deepEqual(new Set(results.map(({ json }) => json.continuity)), new Set(["forked"]));
  assert.equal(cli.records().length, 2);
  const later = ["send", "x", "--fork-from", "trunk", "--request-id", "r2", "--json", cli.say({}, "two")];
  const sent = await cli.here(later);
  assert.equal(sent.json.continuity, "native");
  assert.equal((await cli.here(later)).json.turn_id, sent.json.turn_id);
  assert.equal(cli.records().length, 3);

  loseConversations(cli);
  const fresh = ["send", "x", "--fresh", "--request-id", "r3", "--json", cli.say({}, "three")];
  const anew = await cli.here(fresh);
  assert.equal(anew.json.continuity, "fresh", anew.stdout);
  const count = cli.records().length;
  assert.equal((await cli.here(fresh)).json.turn_id, anew.json.turn_id);
  assert.equal(cli.records().length, count);
});

test("a detached request with an id is one turn, and each command prints it", async (t) => {
  const cli = openFakeCli(t);
  await cli.here(["create", "x", cli.say({}, "begin")]);
  const gate = join(cli.sandbox.folder, "gate");
  const args = ["send", "x", "--detach", "--request-id", "r1", cli.say({ waitForFile: gate }, "one")];
  const results = await Promise.all(Array.from({ length: 4 }, () => cli.run(args)));
  const ids = new Set(results.map(({ stdout }) => stdout.trim()));
  assert.equal(ids.size, 1, results.map(({ stdout, stderr }) => stdout + stderr).join(""));
  writeFileSync(gate, "");
  const [turnId = ""] = ids;
  const waited = await cli.here(["wait", "x", "--turn", turnId, "--json"]);
  assert.equal(waited.json.outcome, "succeeded", waited.stdout);
  assert.equal((await cli.here(args)).stdout.trim(), turnId, "also when it has ended");
  const attached = await cli.here(args.filter((word) => word !== "--detach"));
  assert.match(attached.stdout, /one/);
  assert.equal(cli.records().length, 2);

  const create = ["create", "y", "--detach", "--request-id", "r1", cli.say({}, "two")];
  const begun = await Promise.all(Array.from({ length: 3 }, () => cli.run(create)));
  assert.equal(
    new Set(begun.map(({ stdout }) => stdout)).size,
    1,
    begun.map(({ stderr }) => stderr).join(""),
  );
});

test("a detached request that was cancelled in the line is told as that; one that its caller gave up is asked again", async (t) => {
  const cli = openFakeCli(t);
  await cli.here(["create", "x"]);
  const gate = join(cli.sandbox.folder, "gate");
  const running = cli.start(["send", "x", cli.say({ waitForFile: gate }, "before")]);
  await until(() => cli.records().length === 1, { what: "the turn before" });
  const args = ["send", "x", "--request-id", "r1", cli.say({}, "two")];
  const turnId = (await cli.run([...args, "--detach"])).stdout.trim();
  assert.equal((await cli.here(["cancel", "x", "--turn", turnId])).code, 0);
  assert.equal((await cli.run([...args, "--detach"])).stdout.trim(), turnId);
  const told = await cli.here([...args, "--json"]);
  assert.deepEqual(
    [told.code, told.json.outcome, told.json.turn_id, told.json.error?.code],
    [130, "cancelled", turnId, "cancelled"],
    told.stdout,
  );
  const waited = ["send", "x", "--request-id", "r2", cli.say({}, "three")];
  const late = await cli.here([...waited, "--deadline", "1s", "--json"]);
  assert.deepEqual([late.code, late.json.error?.code], [6, "deadline"], late.stdout);
  writeFileSync(gate, "");
  assert.equal((await running.exited).code, 0);
  assert.equal((await cli.here([...waited, "--json"])).json.outcome, "succeeded");
  assert.equal(cli.records().length, 2, "the turn before, and the one that was asked again");
});

for (const [title, options] of [
  ["", []],
  [", of a turn that a keeper runs, too", ["--keep-warm", "1s"]],
] as const)
  test(`a repeated request ends at its own deadline and at Ctrl-C, and leaves the turn alone${title}`, (t) =>
    endsAtOwnDeadline(t, options));

async function endsAtOwnDeadline(t: TestContext, options: readonly string[]): Promise<void> {
  const cli = openFakeCli(t);
  await cli.here(["create", "x"]);
  const gate = join(cli.sandbox.folder, "gate");
  const args = [
    "send",
    "x",
    "--request-id",
    "r1",
    cli.say({ waitForFile: gate }, "one"),
    "--json",
    ...options,
  ];
  const first = cli.start(args);
  await until(() => cli.records().length === 1, { what: "the turn" });
  const again = cli.start([...args, "--deadline", "1s"]);
  // One that does not end by itself ends with the turn, with another code.
  const patience = setTimeout(() => writeFileSync(gate, ""), 30_000);
  const { code, stdout } = await again.result;
  clearTimeout(patience);
  const left = cli.start([...args, "--heartbeat", "500ms"]);
  await left.waitFor((_, stderr) => stderr !== "", { what: "a sign of life" });
  left.kill("SIGINT");
  assert.equal((await left.result).code, 130);
  writeFileSync(gate, "");
  assert.deepEqual([code, JSON.parse(stdout).error?.code], [6, "deadline"], stdout);
  const { code: firstCode, stdout: answer } = await first.result;
  assert.equal(firstCode, 0, answer);
}

test("a request for a name that another process has just begun afresh is asked in the new conversation", async (t) => {
  const cli = openFakeCli(t);
  await cli.here(["create", "x", cli.say({}, "begin")]);
  loseConversations(cli);
  const args = (at: number) => [
    "send",
    "x",
    "--fresh",
    "--request-id",
    `r${at}`,
    "--deadline",
    "60s",
    "--json",
  ];
  const results = await Promise.all(
    Array.from({ length: 6 }, (_, at) => cli.run([...args(at), cli.say({}, `p${at}`)])),
  );
  for (const { code, stdout } of results) assert.equal(code, 0, stdout);
  assert.equal(results.filter(({ json }) => json.continuity === "fresh").length, 1);
  assert.equal(cli.records().length, 7);
});

test("in one process, a create that left no conversation can be made again with its id", async (t) => {
  const cli = openFakeCli(t);
  const broken = cli.say({ noStart: true, noAnswer: true, noTerminalEvent: true, exitCode: 1 }, "one");
  for (let time = 0; time < 2; time += 1)
    assert.equal((await cli.here(["create", "x", "--request-id", "r1", "--json", broken])).code, 3);
  assert.equal(cli.records().length, 2);
});

test("a detached request that was answered is known after its conversation was lost, too", async (t) => {
  const cli = openFakeCli(t);
  await cli.here(["create", "x", cli.say({}, "begin")]);
  const args = ["send", "x", "--fresh", "--detach", "--request-id", "r1", cli.say({}, "one")];
  const turnId = (await cli.here(args)).stdout.trim();
  assert.equal((await cli.here(["wait", "x", "--turn", turnId, "--json"])).json.outcome, "succeeded");
  loseConversations(cli);
  assert.equal((await cli.here(args)).stdout.trim(), turnId);
  assert.equal(cli.records().length, 2);
});
