import assert from "node:assert/strict";
import { chmodSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import { quoteWords } from "../../src/domain/words.ts";
import { openSessions } from "../../src/index.ts";
import { atTerminal, end } from "../support/cli/at-terminal.ts";
import { CLI, type FakeCli, openFakeCli } from "../support/cli/fake-cli.ts";
import { openWithSettings } from "../support/cli/settings-files.ts";
import { FAKE_AGENT } from "../support/fake-agent/script.ts";
import { until } from "../support/until.ts";

/** A program that writes down what it was told; each of its runs is a line. */
function openRecorder(t: TestContext) {
  const cli = openFakeCli(t);
  const { folder } = cli.sandbox;
  const log = join(folder, "ends.jsonl");
  const program = join(folder, "at end.mjs");
  writeFileSync(
    program,
    `#!${process.execPath}
import { appendFileSync, readFileSync } from "node:fs";
const { env } = process;
const result = env.AGENT_SESSIONS_RESULT === undefined ? null : JSON.parse(readFileSync(env.AGENT_SESSIONS_RESULT, "utf8"));
const told = {
  args: process.argv.slice(2), cwd: process.cwd(), chain: env.AGENT_SESSIONS_CHAIN ?? null, within: env.AGENT_SESSIONS_TURN ?? null,
  name: env.AGENT_SESSIONS_ENDED_NAME, turn: env.AGENT_SESSIONS_ENDED_TURN, outcome: env.AGENT_SESSIONS_OUTCOME,
  agent: env.AGENT_SESSIONS_ENDED_AGENT, text: result?.text, resultTurn: result?.turn_id,
};
appendFileSync(${JSON.stringify(log)}, JSON.stringify(told) + "\\n");
`,
  );
  chmodSync(program, 0o755);
  const lines = () =>
    existsSync(log)
      ? readFileSync(log, "utf8")
          .split("\n")
          .filter(Boolean)
          .map((line) => JSON.parse(line))
      : [];
  return {
    cli,
    program,
    /** Waits until it has run so many times. */
    told: (count: number) =>
      until(() => (lines().length >= count ? lines() : undefined), { what: `${count} runs of --on-end` }),
    lines,
  };
}

async function createAll(cli: FakeCli, ...names: string[]): Promise<void> {
  for (const name of names) await cli.here(["create", name]);
}

test("--on-end runs a program once with the outcome and the path of the result, for that turn alone", async (t) => {
  const { cli, program, told, lines } = openRecorder(t);
  const { workspace } = cli.sandbox;
  const onEnd = quoteWords([program, "$HOME; *", "b c"]);
  const created = await cli.here(["create", "x", "hello", "--on-end", onEnd, "--json"]);
  const [first] = await told(1);
  assert.deepEqual(first, {
    args: ["$HOME; *", "b c"],
    cwd: workspace,
    chain: null,
    within: null,
    name: "x",
    turn: created.json.turn_id,
    outcome: "succeeded",
    agent: "claude",
    text: created.json.text,
    resultTurn: created.json.turn_id,
  });
  await cli.here(["send", "x", "again"]);
  const failed = await cli.here([
    "send",
    "x",
    cli.say({ exitCode: 1, noAnswer: true }, "no"),
    "--on-end",
    onEnd,
    "--json",
  ]);
  assert.notEqual(failed.code, 0);
  const [, second] = await told(2);
  assert.deepEqual([second.turn, second.outcome], [failed.json.turn_id, failed.json.outcome]);
  assert.equal(lines().length, 2);
});

test("a keeper runs it for a detached turn, and for one that is cancelled before it begins", async (t) => {
  const { cli, program, told } = openRecorder(t);
  await createAll(cli, "x");
  const gate = join(cli.sandbox.folder, "gate");
  const first = await cli.run([
    "send",
    "x",
    "--detach",
    cli.say({ waitForFile: gate }, "slow"),
    "--on-end",
    quoteWords([program]),
  ]);
  const second = await cli.run(["send", "x", "--detach", "never", "--on-end", quoteWords([program])]);
  await cli.here(["cancel", "x", "--turn", second.stdout.trim()]);
  const [cancelled] = await told(1);
  assert.deepEqual([cancelled.turn, cancelled.outcome], [second.stdout.trim(), "cancelled"]);
  writeFileSync(gate, "");
  const [, ended] = await told(2);
  assert.deepEqual([ended.turn, ended.outcome], [first.stdout.trim(), "succeeded"]);
});

test("where the command of a turn was killed, the command that works out its end runs it, once", async (t) => {
  const { cli, program, told, lines } = openRecorder(t);
  await createAll(cli, "x");
  const gate = join(cli.sandbox.folder, "gate");
  const started = join(cli.sandbox.folder, "started");
  const prompt = cli.say({ waitForFile: gate, pidTo: started }, "slow");
  const running = cli.start(["send", "x", prompt, "--on-end", quoteWords([program])]);
  await until(() => existsSync(started), { what: "the agent" });
  running.kill("SIGKILL");
  await running.exited;
  writeFileSync(gate, "");
  const waited = await cli.here(["wait", "x", "--json"]);
  assert.equal(waited.json.outcome, "succeeded", waited.stderr);
  const [only] = await told(1);
  assert.deepEqual([only.turn, only.outcome], [waited.json.turn_id, "succeeded"]);
  await Promise.all([cli.here(["list"]), cli.here(["show", "x"]), cli.here(["wait", "x"])]);
  // Whatever a second one would have started would have been started before this one.
  await cli.here(["send", "x", "more", "--on-end", quoteWords([program])]);
  assert.deepEqual(
    (await told(2)).map(({ turn }) => turn === waited.json.turn_id),
    [true, false],
  );
  assert.equal(lines().length, 2);
});

test("of commands that find a killed once at the same time, one starts its program", async (t) => {
  const { cli, program, told, lines } = openRecorder(t);
  const gate = join(cli.sandbox.folder, "gate");
  const started = join(cli.sandbox.folder, "started");
  const prompt = cli.say({ waitForFile: gate, pidTo: started }, "slow");
  const running = cli.start(["once", prompt, "--on-end", quoteWords([program])]);
  await until(() => existsSync(started), { what: "the agent" });
  running.kill("SIGKILL");
  await running.exited;
  process.kill(Number(readFileSync(started, "utf8")), "SIGKILL");
  await Promise.all([1, 2, 3, 4].map(() => cli.run(["list"])));
  await cli.here(["once", "more", "--on-end", quoteWords([program])]);
  const outcomes = (await told(2)).map(({ outcome, resultTurn }) => [outcome, resultTurn]);
  assert.equal(outcomes.length, 2, JSON.stringify(lines()));
  assert.deepEqual(outcomes[1], ["succeeded", undefined]);
});

test("a program that ends at once takes nothing from the turn: its answer, its lock, its end", async (t) => {
  const { cli } = openRecorder(t);
  await createAll(cli, "x");
  for (let round = 0; round < 15; round += 1) {
    const sent = await cli.run(["send", "x", `round ${round}`, "--on-end", "true"]);
    assert.match(sent.stdout, new RegExp(`^You said: round ${round} `), sent.stderr);
  }
  const detached = await cli.run(["send", "x", "last", "--detach", "--on-end", "true"]);
  const waited = await cli.here(["wait", "x", "--turn", detached.stdout.trim(), "--json"]);
  assert.equal(waited.json.outcome, "succeeded");
  assert.equal((await cli.here(["send", "x", "after", "--deadline", "60s"])).code, 0);
});

test("the program is part of no turn, not even of the one that its caller runs in", async (t) => {
  const { cli, program, told } = openRecorder(t);
  await createAll(cli, "x");
  const env = {
    AGENT_SESSIONS_CHAIN: "20260101-000000-00000000",
    AGENT_SESSIONS_TURN: "20260101-000000-00000000",
  };
  await cli.run(["send", "x", "hi", "--on-end", quoteWords([program])], { env });
  const [one] = await told(1);
  assert.deepEqual([one.chain, one.within], [null, null]);
});

test("a command of another account ends the turn, and says which program it has not started", async (t) => {
  const { cli, program, lines } = openRecorder(t);
  await createAll(cli, "x");
  const gate = join(cli.sandbox.folder, "gate");
  const started = join(cli.sandbox.folder, "started");
  const prompt = cli.say({ waitForFile: gate, pidTo: started }, "slow");
  const running = cli.start(["send", "x", prompt, "--on-end", quoteWords([program, "x"])]);
  await until(() => existsSync(started), { what: "the agent" });
  running.kill("SIGKILL");
  await running.exited;
  writeFileSync(gate, "");
  const waited = await cli.run(["wait", "x"], { env: { SOME_TOKEN: "another" } });
  assert.equal(waited.code, 0, waited.stderr);
  assert.match(
    waited.stderr,
    /was not started: it was asked for with another account.* is: '.*at end\.mjs' x/s,
  );
  assert.deepEqual(lines(), []);
});

test("a program that there is not is refused before anything runs", async (t) => {
  const { cli } = openRecorder(t);
  await createAll(cli, "x");
  const refused = await cli.here(["send", "x", cli.say({}, "hi"), "--on-end", "./no-such --now", "--json"]);
  assert.deepEqual([refused.code, refused.json.error?.code], [2, "usage"]);
  assert.match(refused.json.error?.message ?? "", /".\/no-such"/);
  assert.equal(cli.records().length, 0);
});

test("a setting that can't hold over a store keeps no turn from running, and is told of once; the option is refused", async (t) => {
  const { turn, config, writeUser, sandbox } = openWithSettings(t);
  const isOverStore = sandbox.env.AGENT_SESSIONS_STORE !== undefined;
  await turn(["create", "x"]);
  writeUser('on-end = "true"\n');
  const sent = await config(["send", "x", "hi"]);
  assert.equal(sent.code, 0, sent.stderr);
  assert.equal(sent.stderr.match(/\(on-end\) is not started/g)?.length, isOverStore ? 1 : undefined);
  const quiet = await config(["send", "x", "hi", "--quiet"]);
  assert.deepEqual([quiet.code, quiet.stderr], [0, ""]);
  const asked = await config(["send", "x", "hi", "--on-end", "true", "--json"]);
  assert.deepEqual(
    [asked.code, asked.json.error?.code],
    isOverStore ? [2, "unsupported"] : [0, undefined],
    asked.stdout,
  );
  const notified: string[] = [];
  const sessions = await openSessions({
    workspace: sandbox.workspace,
    env: sandbox.env,
    config: true,
    notify: (message) => notified.push(message),
  });
  const x = await sessions.get("x");
  for (const prompt of ["one", "two"]) await x.send(prompt);
  assert.equal(notified.filter((message) => message.includes("on-end")).length, isOverStore ? 1 : 0);
  await sessions.close();
});

test("--notify rings the bell and names the turn, at a terminal alone", async (t) => {
  const cli = openFakeCli(t);
  await createAll(cli, "x");
  const words = [process.execPath, CLI, "send", "x", "hi", "--agent-cmd", FAKE_AGENT, "--notify"];
  const { stdout } = await end(atTerminal(cli, quoteWords(words)));
  const [, call = ""] = stdout.split("\x1b]9;");
  assert.match(call, /^agent-sessions: x succeeded after [\d.]+ m?s/);
  assert.ok(call.slice(0, 60).includes("\x07\x07"), "ends the notification, and rings");
  const piped = await cli.run(["send", "x", "hi", "--notify"]);
  assert.ok(!`${piped.stdout}${piped.stderr}`.includes("\x07"));
});
