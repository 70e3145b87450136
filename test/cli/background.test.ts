import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import { quoteWords } from "../../src/domain/words.ts";
import { StateHome } from "../../src/stores/file/home.ts";
import { GenerationLock } from "../../src/system/locks/generation-lock.ts";
import { identifyProcess } from "../../src/system/processes/identity.ts";
import { CLI, type CliResult, type FakeCli, openFakeCli } from "../support/cli/fake-cli.ts";
import { start, until } from "../support/run.ts";

const ANSWER_KEYS = ["name", "agent", "session_id", "turn_id", "workspace", "outcome", "text", "usage"];

function gateOf(cli: FakeCli, name = "go"): string {
  return join(cli.sandbox.folder, name);
}

/** Leaves a turn to the background that goes on when its gate file is there. */
async function detach(cli: FakeCli, text: string, gate = gateOf(cli)): Promise<string> {
  const accepted = await cli.here(["send", "x", "--detach", "--json", cli.say({ waitForFile: gate }, text)]);
  assert.equal(accepted.code, 0, accepted.stdout + accepted.stderr);
  assert.equal(accepted.json.type, "agent_sessions.accepted");
  return String(accepted.json.turn_id);
}

async function statusOf(cli: FakeCli): Promise<Record<string, unknown>[]> {
  return (await cli.here(["status", "--json"])).json.turns as Record<string, unknown>[];
}

async function startedTurns(cli: FakeCli, count: number): Promise<void> {
  await until(() => cli.records().length === count, { what: `${count} starts of the agent` });
}

for (const agent of ["claude", "codex"]) {
  test(`${agent}: a detached turn goes on, and wait tells its answer as send would have`, async (t) => {
    const cli = openFakeCli(t);
    await cli.here(["create", "x", "-a", agent]);
    const turn = await detach(cli, "one");
    await startedTurns(cli, 1);
    const early = await cli.here(["wait", "x", "--timeout", "50ms", "--json"]);
    assert.deepEqual([early.code, early.json.error?.code], [5, "still_running"]);
    assert.match(early.json.error?.hint ?? "", new RegExp(`agent-sessions wait x --turn ${turn}`));
    const waiting = cli.start(["wait", "x", "--json"]);
    writeFileSync(gateOf(cli), "");
    const { stdout, code } = await waiting.result;
    const waited = JSON.parse(stdout);
    const sent = (await cli.here(["send", "x", "--json", cli.say({}, "two")])).json;
    assert.equal(code, 0);
    assert.deepEqual(Object.keys(waited), Object.keys(sent));
    assert.deepEqual([waited.turn_id, waited.outcome], [turn, "succeeded"]);
    for (const key of ANSWER_KEYS) assert.notEqual(waited[key], null, key);
    assert.match(waited.text, /You said: one \[prompts: 2\]/);
    assert.match(String(sent.text), /prompts: 3/);
    const again = await cli.here(["wait", "x", "--turn", turn, "--json"]);
    assert.deepEqual(again.json, waited, "it can be told again");
    assert.match((await cli.here(["wait", "x"])).stdout, /^You said: two \[prompts: 3\]\n$/);
  });

  test(`${agent}: a detached create has its name, and wait its answer`, async (t) => {
    const cli = openFakeCli(t);
    const script = { waitForFile: gateOf(cli) };
    const accepted = await cli.here([
      "create",
      "x",
      "-a",
      agent,
      "--detach",
      "--json",
      cli.say(script, "one"),
    ]);
    assert.equal(accepted.code, 0, accepted.stderr);
    assert.equal((await cli.here(["create", "x", "-a", agent, "--json"])).code === 0, false);
    const waiting = cli.start(["wait", "x", "--json"]);
    writeFileSync(gateOf(cli), "");
    const waited = JSON.parse((await waiting.result).stdout);
    assert.deepEqual([waited.turn_id, waited.outcome], [accepted.json.turn_id, "succeeded"]);
    assert.equal((await cli.here(["show", "x", "--json"])).json.session_id, waited.session_id);
  });
}

test("turns left to the background and sends that wait go in order of arrival", async (t) => {
  const cli = openFakeCli(t);
  await cli.here(["create", "x"]);
  await detach(cli, "one");
  await startedTurns(cli, 1);
  await cli.here(["send", "x", "--detach", cli.say({}, "two")]);
  const third = cli.start(["send", "x", "--json", cli.say({}, "three")]);
  await third.waitFor((_, stderr) => stderr.includes("1 turn ahead of you"), {
    what: "the place in the line",
  });
  await cli.here(["send", "x", "--detach", cli.say({}, "four")]);
  assert.deepEqual(
    (await statusOf(cli)).map(({ reason }) => reason),
    ["running", "queued", "queued", "waiting"],
  );
  const refused = await cli.here(["send", "x", "--if-busy", "fail", "--json", cli.say({}, "five")]);
  assert.deepEqual([refused.code, refused.json.error?.code], [5, "busy"]);
  writeFileSync(gateOf(cli), "");
  assert.match(JSON.parse((await third.result).stdout).text, /three \[prompts: 4\]/);
  assert.match((await cli.here(["wait", "x"])).stdout, /four \[prompts: 5\]/);
});

test("who does not wait for a turn is told which one it is, since when, and what to do instead", async (t) => {
  const cli = openFakeCli(t);
  await cli.here(["create", "x"]);
  const turnId = await detach(cli, "one");
  await startedTurns(cli, 1);
  const { code, json } = await cli.here(["send", "x", "--if-busy", "fail", "--json", cli.say({}, "two")]);
  assert.deepEqual([code, json.error?.code], [5, "busy"]);
  assert.match(json.error?.message ?? "", new RegExp(`^"x" is busy: turn ${turnId}, started .* by \\S+ `));
  assert.match(json.error?.hint ?? "", /--if-busy wait, .*agent-sessions wait x .*agent-sessions cancel x$/);
  const { since, turn_id } = json.error as unknown as { since: string; turn_id: string };
  assert.deepEqual([turn_id, Date.parse(since) <= Date.now()], [turnId, true]);
  writeFileSync(gateOf(cli), "");
});

test("who is killed in the line leaves no gap", async (t) => {
  const cli = openFakeCli(t);
  await cli.here(["create", "x"]);
  await detach(cli, "one");
  await startedTurns(cli, 1);
  const waiting = ["two", "three", "four"].map((text) =>
    cli.start(["send", "x", "--json", cli.say({}, text)]),
  );
  for (const one of waiting)
    await one.waitFor((_, stderr) => stderr.includes("waiting"), { what: "the notice" });
  waiting[1]?.kill("SIGKILL");
  await waiting[1]?.exited;
  writeFileSync(gateOf(cli), "");
  assert.equal((await waiting[0]?.result)?.code, 0);
  assert.equal((await waiting[2]?.result)?.code, 0);
  assert.equal((await cli.here(["show", "x", "--json"])).json.turns, 4);
});

test("a background process killed in mid-turn costs nothing but its attention", async (t) => {
  const cli = openFakeCli(t);
  await cli.here(["create", "x"]);
  const turn = await detach(cli, "one");
  await startedTurns(cli, 1);
  const folder = join(cli.sandbox.env.AGENT_SESSIONS_HOME ?? "", "turns", turn);
  process.kill(JSON.parse(readFileSync(join(folder, "attendant.json"), "utf8")).pid, "SIGKILL");
  await until(async () => (await statusOf(cli))[0]?.reason === "unattended", { what: "nobody to see to it" });
  writeFileSync(gateOf(cli), "");
  const waited = await cli.here(["wait", "x", "--json"]);
  assert.deepEqual([waited.code, waited.json.turn_id, waited.json.outcome], [0, turn, "succeeded"]);
});

test("what goes wrong when a queued turn begins is how it ended", async (t) => {
  const cli = openFakeCli(t);
  await cli.here(["create", "x"]);
  await detach(cli, "one");
  await startedTurns(cli, 1);
  const second = await detach(cli, "two");
  await cli.here(["remove", "x"]);
  writeFileSync(gateOf(cli), "");
  const waited = await cli.here(["wait", "x", "--turn", second, "--json"]);
  assert.deepEqual(
    [waited.code, waited.json.outcome, waited.json.error?.code],
    [4, "failed", "no_such_name"],
  );
});

test("cancel ends the turn that runs, and the next in line goes on", async (t) => {
  const cli = openFakeCli(t);
  await cli.here(["create", "x"]);
  const pidFile = gateOf(cli, "pid");
  const sending = cli.start(["send", "x", "--json", cli.say({ pidTo: pidFile, sleepMs: 60_000 }, "one")]);
  await until(() => existsSync(pidFile) && readFileSync(pidFile, "utf8") !== "", {
    what: "the agent to wait",
  });
  const second = await detach(cli, "two");
  const cancelled = await cli.here(["cancel", "x", "--json"]);
  assert.deepEqual([cancelled.code, cancelled.json.cancelled], [0, true], cancelled.stdout);
  const sent = await sending.result;
  const result = JSON.parse(sent.stdout);
  assert.deepEqual([sent.code, result.outcome, result.error.code], [130, "cancelled", "cancelled"]);
  assert.equal((cancelled.json.turn as { turn_id: string }).turn_id, result.turn_id);
  assert.equal(identifyProcess(Number(readFileSync(pidFile, "utf8"))), undefined);
  writeFileSync(gateOf(cli), "");
  const waited = await cli.here(["wait", "x", "--turn", second, "--json"]);
  assert.equal(waited.json.outcome, "succeeded");
  const idle = await cli.here(["cancel", "x", "--json"]);
  assert.deepEqual([idle.code, idle.json.cancelled, idle.json.turn], [0, false, null]);
  const gone = await cli.here(["cancel", "x", "--turn", second, "--json"]);
  assert.deepEqual([gone.code, gone.json.cancelled], [0, false]);
});

test("a queued turn that is cancelled never begins", async (t) => {
  const cli = openFakeCli(t);
  await cli.here(["create", "x"]);
  const first = await detach(cli, "one");
  await startedTurns(cli, 1);
  const second = await detach(cli, "two");
  const cancelled = await cli.here(["cancel", "x", "--turn", second, "--json"]);
  assert.equal(cancelled.json.cancelled, true, cancelled.stdout);
  const waited = await cli.here(["wait", "x", "--turn", second, "--json"]);
  assert.deepEqual([waited.code, waited.json.outcome, waited.json.prompt_kept], [130, "cancelled", false]);
  writeFileSync(gateOf(cli), "");
  assert.match((await cli.here(["wait", "x", "--turn", first])).stdout, /one/);
  assert.equal(cli.records().length, 1);
});

test("attach replays a turn from its beginning and follows it to its end", async (t) => {
  const cli = openFakeCli(t);
  await cli.here(["create", "x"]);
  const turn = await detach(cli, "one");
  await startedTurns(cli, 1);
  const attached = cli.start(["attach", "x"]);
  await attached.waitFor((stdout) => stdout.includes('"init"'), { what: "the beginning" });
  const late = cli.start(["attach", "x", "--from-now", "--stream"]);
  assert.ok(!attached.stdout().includes("agent_sessions.result"));
  writeFileSync(gateOf(cli), "");
  const lines = (await attached.result).stdout
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
  assert.deepEqual(
    lines.map(({ type }) => type),
    ["system", "assistant", "result", "agent_sessions.result"],
  );
  assert.equal(lines.at(-1).turn_id, turn);
  assert.equal((await late.result).code, 0);
  const replayed = await cli.here(["attach", "x", "--turn", turn]);
  assert.equal(replayed.stdout, `${lines.map((line) => JSON.stringify(line)).join("\n")}\n`);
  assert.equal((await cli.here(["gc", "--turns-older-than", "0s"])).code, 0);
  const gone = await cli.here(["attach", "x"]);
  assert.equal(gone.stderr, "The output of this turn has been deleted; here is its result.\n");
  assert.match(String(gone.json.text), /one/);
});

test("attach replays what the agent did in a send, a create and a fork, and of a turn without a name nothing is kept", async (t) => {
  const cli = openFakeCli(t);
  const tool = (id: string) =>
    JSON.stringify({
      type: "assistant",
      message: { content: [{ type: "tool_use", id, name: "Bash", input: {} }] },
    });
  const say = (id: string) => cli.say({ writeRaw: [tool(id)] }, id);
  const turns: Record<string, unknown> = {};
  turns.created = (await cli.here(["create", "x", "--json", say("created")])).json.turn_id;
  turns.sent = (await cli.here(["send", "x", "--json", say("sent")])).json.turn_id;
  turns.forked = (await cli.here(["fork", "x", "y", "--json", say("forked")])).json.turn_id;
  for (const [id, turn] of Object.entries(turns)) {
    const name = id === "forked" ? "y" : "x";
    const replayed = await cli.here(["attach", name, "--turn", String(turn)]);
    assert.equal(replayed.stderr, "", id);
    const lines = replayed.stdout.trimEnd().split("\n");
    assert.ok(lines.includes(tool(id)), `${id}: ${replayed.stdout}`);
    assert.equal(JSON.parse(lines.at(-1) ?? "").turn_id, turn);
  }
  assert.ok(
    (await cli.here(["attach", "x"])).stdout.includes(tool("sent")),
    "the last one by its name alone",
  );
  const { turnsFolder, settledFolder, toldFolder } = new StateHome(cli.sandbox.env.AGENT_SESSIONS_HOME ?? "");
  await cli.here(["once", "-a", "claude", cli.say({}, "once")]);
  await cli.here(["once", "-a", "claude", "--keep", cli.say({}, "kept")]);
  assert.deepEqual(readdirSync(turnsFolder), []);
  assert.deepEqual(readdirSync(toldFolder), Object.values(turns).sort());
  assert.equal(existsSync(settledFolder), false);
  for (const file of readdirSync(toldFolder, { recursive: true }) as string[]) {
    const { mode } = statSync(join(toldFolder, file));
    assert.equal(mode & 0o077, 0, file);
  }
});

test("Ctrl-C of wait and attach ends the watching alone", async (t) => {
  const cli = openFakeCli(t);
  await cli.here(["create", "x"]);
  await detach(cli, "one");
  await startedTurns(cli, 1);
  for (const [verb, signal, code] of [
    ["wait", "SIGINT", 130],
    ["attach", "SIGTERM", 143],
  ] as const) {
    const watching = cli.start([verb, "x"]);
    await watching.waitFor((stdout, stderr) => stdout + stderr !== "", { what: "a sign that it watches" });
    watching.kill(signal);
    const result = await watching.result;
    assert.equal(result.code, code, result.stderr);
    assert.match(result.stderr + result.stdout, /the turn continues/);
  }
  writeFileSync(gateOf(cli), "");
  assert.match((await cli.here(["wait", "x"])).stdout, /one/);
});

test("a closed pipe leaves the turn running, with one line that says how to get it back", async (t) => {
  const cli = openFakeCli(t);
  await cli.here(["create", "x"]);
  // More than a pipe takes: only who still has something to say notices that nobody reads.
  const prompt = cli.say({ stdoutLines: 200, stdoutLineBytes: 2000, waitForFile: gateOf(cli) }, "one");
  const { FAKE_AGENT } = await import("../support/fake-agent/script.ts");
  const pipe = 'set -o pipefail; node "$0" send x --stream --agent-cmd "$1" "$2" | head -1; echo $?';
  const argv = ["bash", "-c", pipe, CLI, FAKE_AGENT, prompt];
  const { result } = start(argv, { cwd: cli.sandbox.workspace, env: cli.sandbox.env });
  const piped = await result;
  assert.match(piped.stdout, /\n141\n$/);
  assert.match(
    piped.stderr,
    /^The turn continues\. Get its answer with: agent-sessions wait x --turn \S+\n$/,
  );
  const hint = piped.stderr.trim().split("agent-sessions ")[1] ?? "";
  const waiting = cli.start([...hint.split(" "), "--json"]);
  writeFileSync(gateOf(cli), "");
  assert.equal(JSON.parse((await waiting.result).stdout).outcome, "succeeded");
});

test("a deadline reaches whoever waits in line, in front and in the background", async (t) => {
  const cli = openFakeCli(t);
  await cli.here(["create", "x"]);
  await detach(cli, "one");
  await startedTurns(cli, 1);
  const inLine = await cli.here(["send", "x", "--deadline", "300ms", "--json", cli.say({}, "two")]);
  assert.deepEqual([inLine.code, inLine.json.error?.code], [6, "deadline"], inLine.stdout);
  assert.match(inLine.json.error?.message ?? "", /Nothing was sent to "x"/);
  const queued = await cli.here([
    "send",
    "x",
    "--detach",
    "--deadline",
    "2s",
    "--json",
    cli.say({}, "three"),
  ]);
  const never = await cli.here(["wait", "x", "--turn", String(queued.json.turn_id), "--json"]);
  assert.deepEqual([never.code, never.json.outcome], [6, "deadline"]);
  writeFileSync(gateOf(cli), "");
  await cli.here(["wait", "x"]);
  assert.equal(cli.records().length, 1, "the first one alone began");
});

test("a deadline whose command was killed is kept by the next one that meets the turn", async (t) => {
  const cli = openFakeCli(t);
  await cli.here(["create", "x"]);
  const pidFile = gateOf(cli, "pid");
  const prompt = cli.say({ pidTo: pidFile, sleepMs: 60_000 }, "one");
  const sending = cli.start(["send", "x", "--deadline", "10m", prompt]);
  await until(() => existsSync(pidFile) && readFileSync(pidFile, "utf8") !== "", {
    what: "the agent to wait",
  });
  sending.kill("SIGKILL");
  await sending.exited;
  // As if it were ten minutes later.
  const turns = join(cli.sandbox.env.AGENT_SESSIONS_HOME ?? "", "turns");
  const plan = join(turns, readdirSync(turns)[0] ?? "", "turn.json");
  const deadlineAt = new Date().toISOString();
  writeFileSync(plan, JSON.stringify({ ...JSON.parse(readFileSync(plan, "utf8")), deadlineAt }));
  const waited = await cli.here(["wait", "x", "--json"]);
  assert.deepEqual([waited.code, waited.json.outcome], [6, "deadline"], waited.stdout);
  assert.equal(identifyProcess(Number(readFileSync(pidFile, "utf8"))), undefined);
  assert.equal((await cli.here(["send", "x", "--json", cli.say({}, "two")])).json.outcome, "succeeded");
});

for (const [title, options] of [
  ["", []],
  [", of a turn that a keeper runs, too", ["--keep-warm", "1s"]],
] as const)
  test(`a silence is told and shown, and ends nothing${title}`, (t) => tellsSilence(t, options));

async function tellsSilence(t: TestContext, options: readonly string[]): Promise<void> {
  const cli = openFakeCli(t);
  await cli.here(["create", "x"]);
  const prompt = cli.say({ waitForFile: gateOf(cli) }, "one");
  const sending = cli.start(["send", "x", "--stall", "200ms", ...options, prompt]);
  await sending.waitFor((_, stderr) => /has printed nothing for \d\.\d s; the turn continues/.test(stderr), {
    what: "a word about the silence",
  });
  await until(async () => (await statusOf(cli))[0]?.stalled === true, { what: "status to call it silent" });
  writeFileSync(gateOf(cli), "");
  assert.equal((await sending.result).code, 0);
}

test("wait, attach, cancel and status say what they don't know", async (t) => {
  const cli = openFakeCli(t);
  await cli.here(["create", "x"]);
  const told = async (...args: string[]): Promise<CliResult> => cli.here([...args, "--json"]);
  for (const verb of ["wait", "attach", "cancel", "status"]) {
    const { code, json } = await told(verb, "nobody");
    assert.deepEqual([code, json.error?.code], [4, "no_such_name"], verb);
  }
  for (const id of ["20200101-000000-00000000", "../../etc", ""]) {
    const { code, json } = await told("wait", "x", "--turn", id);
    assert.deepEqual([code, json.error?.code], [4, "no_such_turn"], id);
  }
  for (const [flag, value] of [
    ["--timeout", "100"],
    ["--timeout", "soon"],
  ]) {
    const { code, json } = await told("wait", "x", flag ?? "", value ?? "");
    assert.deepEqual([code, json.error?.code], [2, "usage"]);
    assert.match(json.error?.message ?? "", /such as 90s/);
  }
  assert.equal((await told("send", "x", "--detach", "--stream", "hi")).code, 2);
  assert.equal((await told("send", "x", "--retry", "hi")).code, 2);
  assert.match((await told("tail", "x")).json.error?.message ?? "", /Did you mean attach\?/);
  assert.match((await cli.here(["attach", "--help"])).stdout, /logs\s+prints\s+the\s+tools/);
});

test("a hang-up leaves the turn running, with one line that says how to get it back", async (t) => {
  const cli = openFakeCli(t);
  await cli.here(["create", "x"]);
  const sending = cli.start(["send", "x", cli.say({ waitForFile: gateOf(cli) }, "one")]);
  await startedTurns(cli, 1);
  await until(() => sending.kill("SIGHUP"), { what: "the command" });
  const { code, stderr } = await sending.result;
  assert.equal(code, 129);
  assert.match(stderr, /^The turn continues\. Get its answer with: agent-sessions wait x --turn \S+\n$/);
  writeFileSync(gateOf(cli), "");
  assert.match((await cli.here(["wait", "x"])).stdout, /You said: one/);
});

test("wait tells of the newest turn, also of one that never began or never had a conversation", async (t) => {
  const cli = openFakeCli(t);
  await cli.here(["create", "x"]);
  await detach(cli, "one");
  await startedTurns(cli, 1);
  await cli.here(["send", "x", "--detach", "--deadline", "2s", cli.say({}, "two")]);
  await until(async () => (await statusOf(cli)).length === 1, { what: "the deadline of the second" });
  writeFileSync(gateOf(cli), "");
  await until(async () => (await statusOf(cli)).length === 0, { what: "the end of the first" });
  const newest = await cli.here(["wait", "x", "--json"]);
  assert.deepEqual([newest.code, newest.json.outcome], [6, "deadline"], newest.stdout);
  await cli.here(["send", "x", cli.say({}, "three")]);
  assert.match((await cli.here(["wait", "x"])).stdout, /three/);
  const failing = cli.say({ isError: true, noStart: true, noAnswer: true, text: "no" }, "hi");
  await cli.here(["create", "never", "--detach", failing]);
  await until(async () => (await statusOf(cli)).length === 0, { what: "the create to fail" });
  const never = await cli.here(["wait", "never", "--json"]);
  assert.deepEqual([never.code, never.json.outcome], [3, "failed"], never.stdout);
});

test("a turn from before a /clear is found by its id, also when its folder has gone and under every name it had", async (t) => {
  const cli = openFakeCli(t);
  await cli.here(["create", "x"]);
  const detached = await cli.here(["send", "x", "--detach", "--json", "before"]);
  const id = String(detached.json.turn_id);
  await cli.here(["wait", "x", "--turn", id]);
  const cleared = "0199aaaa-bbbb-4ccc-8ddd-eeeeffff0001";
  const env = { FAKE_AGENT: JSON.stringify({ sessionId: cleared }) };
  assert.equal((await cli.here(["send", "x", "--json", "/clear"], { env })).json.session_id, cleared);
  rmSync(join(cli.sandbox.env.AGENT_SESSIONS_HOME ?? "", "settled"), { recursive: true });
  const find = async (name: string) => {
    const found: unknown[] = [];
    for (const verb of ["wait", "attach"]) {
      const { json, stdout } = await cli.here([verb, name, "--turn", id, "--json"]);
      assert.equal(json.turn_id, id, `${verb} ${name}: ${stdout}`);
      found.push(json.session_id);
    }
    return found;
  };
  const sessions = await find("x");
  assert.deepEqual(sessions, [detached.json.session_id, detached.json.session_id]);
  await cli.here(["rename", "x", "y"]);
  assert.deepEqual([await find("y"), await find("x")], [sessions, sessions]);
  await cli.here(["remove", "y"]);
  assert.deepEqual(await find("y"), sessions);
  await cli.here(["create", "z"]);
  const wrong = await cli.here(["wait", "z", "--turn", id, "--json"]);
  assert.deepEqual([wrong.code, wrong.json.error?.code], [4, "no_such_turn"], wrong.stdout);
});

test("a suspended command in the line does not hold up those behind it", async (t) => {
  const cli = openFakeCli(t);
  await cli.here(["create", "x"]);
  await detach(cli, "one");
  await startedTurns(cli, 1);
  const suspended = cli.start(["send", "x", "--json", cli.say({}, "two")]);
  await suspended.waitFor((_, stderr) => stderr.includes("waiting"), { what: "the line" });
  const [, waiting] = await statusOf(cli);
  assert.deepEqual([waiting?.reason, waiting?.pid, waiting?.turn_id], ["waiting", suspended.pid, null]);
  suspended.kill("SIGSTOP");
  writeFileSync(gateOf(cli), "");
  const third = await cli.here(["send", "x", "--json", cli.say({}, "three")]);
  assert.match(String(third.json.text), /three \[prompts: 3\]/);
  suspended.kill("SIGCONT");
  assert.match(JSON.parse((await suspended.result).stdout).text, /two \[prompts: 4\]/);
});

test("a conversation that somebody else holds keeps a wait to its timeout", async (t) => {
  const cli = openFakeCli(t);
  const { json } = await cli.here(["create", "x", "--json"]);
  const turn = await detach(cli, "one");
  await startedTurns(cli, 1);
  const folder = join(cli.sandbox.env.AGENT_SESSIONS_HOME ?? "", "turns", turn);
  // One that is killed before it has said anything leaves an unknown turn.
  await until(() => statSync(join(folder, "stdout.jsonl")).size > 0, { what: "the agent's first line" });
  for (const file of ["attendant.json", "agent.json"])
    process.kill(JSON.parse(readFileSync(join(folder, file), "utf8")).pid, "SIGKILL");
  const home = new StateHome(cli.sandbox.env.AGENT_SESSIONS_HOME ?? "");
  const key = { agent: "claude", sessionId: String(json.session_id) };
  const lock = new GenerationLock(join(home.sessionFolder(key), "lock"));
  await until(() => lock.state().state !== "held", { what: "the lock to be let go" });
  const release = lock.tryTake({ since: new Date().toISOString() });
  assert.ok(release, "this test holds it now");
  const waited = await cli.here(["wait", "x", "--timeout", "300ms", "--json"]);
  assert.deepEqual([waited.code, waited.json.error?.code], [5, "still_running"], waited.stdout);
  release();
  assert.equal((await cli.here(["wait", "x", "--json"])).json.outcome, "interrupted");
});

test("hints say where and of which agent, as far as they were told", async (t) => {
  const cli = openFakeCli(t);
  await cli.here(["create", "x"]);
  await cli.here(["create", "x", "-a", "codex"]);
  const cwd = cli.sandbox.addWorkspace("elsewhere");
  const place = ["-a", "claude", "-w", cli.sandbox.workspace];
  const prompt = cli.say({ waitForFile: gateOf(cli) }, "one");
  const { json } = await cli.here(["send", "x", ...place, "--detach", "--json", prompt], { cwd });
  const late = await cli.here(["wait", "x", ...place, "--timeout", "50ms", "--json"], { cwd });
  const hint = (late.json.error?.hint ?? "").split("agent-sessions ")[1] ?? "";
  assert.match(hint, new RegExp(`^wait x --turn ${json.turn_id} --agent claude --workspace /`));
  writeFileSync(gateOf(cli), "");
  assert.equal((await cli.here([...hint.split(" "), "--json"], { cwd })).json.outcome, "succeeded");
});

test("a create that failed promises nothing of its prompt", async (t) => {
  const cli = openFakeCli(t);
  const script = { isError: true, text: "no", noAnswer: true } as const;
  const failed = await cli.here(["create", "x", cli.say(script, "hi")]);
  assert.equal(failed.code, 3);
  assert.doesNotMatch(failed.stderr, /--retry/);
});

test("durations that can't be kept are refused", async (t) => {
  const cli = openFakeCli(t);
  for (const [flag, value] of [
    ["--stall", "0s"],
    ["--deadline", "100000000d"],
  ] as const) {
    const { code, json } = await cli.here(["send", "x", flag, value, "--json", "hi"]);
    assert.deepEqual([code, json.error?.code], [2, "usage"], flag);
  }
});

test("a reader that has stopped reading does not keep a deadline from ending the command", {
  concurrency: true,
}, async (t) => {
  const title = (mode: string[]) => mode.join(" ") || "at a terminal";
  const modes = [["--stream"], ["--json"], [], ["--stream", "--keep-warm", "1s"]];
  await Promise.all(modes.map((mode) => t.test(title(mode), (t) => hasEndedUnread(t, mode))));
});

test("a reader that has stopped reading does not keep a cancel by others from ending the command", async (t) => {
  const cli = openFakeCli(t);
  await cli.here(["create", "x"]);
  const script = { stdoutLines: 400, stdoutLineBytes: 1000, sleepMs: 60_000 };
  const child = spawn(process.execPath, [CLI, "send", "x", "--stream", cli.say(script, "one")], {
    cwd: cli.sandbox.workspace,
    env: cli.sandbox.env,
    stdio: ["ignore", "pipe", "ignore"],
  });
  t.after(() => child.kill("SIGKILL"));
  // It prints more than the pipe holds, and nobody reads.
  await until(async () => Number((await statusOf(cli))[0]?.output_bytes) > 300_000, { what: "its output" });
  assert.equal((await cli.here(["cancel", "x"])).code, 0);
  await until(() => child.exitCode !== null, { what: "the command to end", timeoutMs: 30_000 });
  assert.equal(child.exitCode, 130);
});

async function hasEndedUnread(t: TestContext, mode: string[]): Promise<void> {
  const cli = openFakeCli(t);
  await cli.here(["create", "x"]);
  const { FAKE_AGENT } = await import("../support/fake-agent/script.ts");
  // A busy machine starts the agent, and has it fill the pipe, before the deadline; it would go on for a minute.
  const script = { stdoutLines: 400, stdoutLineBytes: 1000, sleepMs: 60_000 };
  const args = ["send", "x", ...mode, "--deadline", "4s", "--agent-cmd", FAKE_AGENT, cli.say(script, "one")];
  const command = quoteWords([process.execPath, CLI, ...args]);
  const done = join(cli.sandbox.folder, "done");
  const shell = `${command}; echo $? > '${done}'`;
  const argv = mode.length > 0 ? ["sh", "-c", shell] : ["script", "-qefc", shell, "/dev/null"];
  const [file = "", ...rest] = argv;
  // Nobody ever reads what it prints.
  const child = spawn(file, rest, {
    cwd: cli.sandbox.workspace,
    env: cli.sandbox.env,
    stdio: ["pipe", "pipe", "ignore"],
  });
  const startedMs = performance.now();
  await until(() => existsSync(done) && readFileSync(done, "utf8") !== "", { what: "the command to end" });
  assert.equal(readFileSync(done, "utf8").trim(), "6");
  assert.ok(performance.now() - startedMs < 40_000, "the agent would have gone on for a minute");
  child.kill("SIGKILL");
}
