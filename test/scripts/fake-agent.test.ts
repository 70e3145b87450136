import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import {
  FAKE_AGENT,
  FAST_AGENT,
  type FakeScript,
  fakeEnvironment,
  fakePrompt,
  readFakeRecords,
} from "../support/fake-agent/script.ts";
import { type RunResult, run, start } from "../support/run.ts";
import { openSandbox, type Sandbox } from "../support/sandbox.ts";
import { until } from "../support/until.ts";

// The fake asks no model; the port is there because every environment names one.
let sandbox: Sandbox;
before(() => {
  sandbox = openSandbox({ modelUrl: "http://127.0.0.1:9" });
});
after(() => sandbox.remove());

const CLAUDE = ["-p", "--output-format", "stream-json", "--verbose"];

function fake(args: readonly string[], input: string): Promise<RunResult> {
  return run([FAKE_AGENT, ...args], { cwd: sandbox.workspace, env: sandbox.env, input });
}

function scripted(script: FakeScript, ...args: string[]): Promise<RunResult> {
  return fake([...CLAUDE, ...args], fakePrompt(script, "hello"));
}

function last(result: RunResult): Record<string, unknown> {
  return JSON.parse(result.stdout.trimEnd().split("\n").at(-1) ?? "");
}

describe("the fake as claude", () => {
  it("keeps a conversation, its numbers cumulative", async () => {
    const id = randomUUID();
    await fake([...CLAUDE, "--session-id", id], "one");
    const second = last(await fake([...CLAUDE, "--resume", id], "two"));
    assert.equal(second.result, "You said: two [prompts: 2]");
    assert.equal(second.session_id, id);
    assert.ok(Math.abs(Number(second.total_cost_usd) - 0.001612) < 1e-9);
    const folder = sandbox.workspace.replaceAll(/[^A-Za-z0-9]/g, "-");
    assert.ok(existsSync(join(sandbox.home, ".claude/projects", folder, `${id}.jsonl`)));
    const fork = last(await fake([...CLAUDE, "--resume", id, "--fork-session"], "three"));
    assert.equal(fork.result, "You said: three [prompts: 3]");
    assert.notEqual(fork.session_id, id);
  });

  it("refuses what the real one refuses", async () => {
    const id = randomUUID();
    const lost = await fake([...CLAUDE, "--resume", id], "x");
    assert.equal(lost.code, 1);
    assert.equal(lost.stderr, `No conversation found with session ID: ${id}\n`);
    assert.equal(last(lost).subtype, "error_during_execution");
    await fake([...CLAUDE, "--session-id", id], "x");
    const again = await fake([...CLAUDE, "--session-id", id], "x");
    assert.deepEqual([again.code, again.stderr], [1, `Error: Session ID ${id} is already in use.\n`]);
  });

  it("moves to another id by script and by /clear, with and without the old words", async () => {
    const id = randomUUID();
    const other = randomUUID();
    await fake([...CLAUDE, "--session-id", id], "one");
    const moved = last(await scripted({ sessionId: other, carryOver: true }, "--resume", id));
    assert.equal(moved.session_id, other);
    assert.equal(moved.result, "You said: hello [prompts: 2]");
    const cleared = last(await fake([...CLAUDE, "--resume", id], "/clear"));
    assert.notEqual(cleared.session_id, id);
    assert.equal(cleared.result, "");
  });
});

describe("the fake as codex", () => {
  it("keeps a thread, its numbers cumulative, and refuses a lost one", async () => {
    const first = await fake(["exec", "--json", "-"], "one");
    const id = String(JSON.parse(first.stdout.split("\n")[0] ?? "").thread_id);
    const second = await fake(["exec", "--json", "resume", id, "-"], "two");
    assert.match(second.stdout, /You said: two \[prompts: 2\]/);
    const usage = last(second).usage as Record<string, number>;
    assert.deepEqual([usage.input_tokens, usage.output_tokens], [203, 40]);
    const lost = await fake(["exec", "--json", "resume", randomUUID(), "-"], "x");
    assert.equal(lost.code, 1);
    assert.match(
      lost.stderr,
      /^Error: thread\/resume: thread\/resume failed: no rollout found for thread id/,
    );
  });
});

describe("what the fake can be told", () => {
  it("fails, exits, dies and stops in the middle of a character", async () => {
    const failed = await scripted({ isError: true, text: "API Error: 500" });
    assert.deepEqual([failed.code, last(failed).is_error, last(failed).result], [1, true, "API Error: 500"]);
    assert.equal((await scripted({ exitCode: 7, noTerminalEvent: true })).code, 7);
    const killed = await scripted({ exitSignal: "SIGKILL", noTerminalEvent: true });
    assert.equal(killed.signal, "SIGKILL");
    assert.doesNotMatch(killed.stdout, /"type":"result"/);
    assert.ok((await scripted({ cutMidCharacter: true })).stdout.endsWith("\uFFFD"));
  });

  it("floods and writes what is no JSON", async () => {
    const result = await scripted({ stderrBytes: 300_000, stdoutLines: 2000, writeRaw: ["not json", ""] });
    assert.equal(result.stderr.length, 300_000);
    assert.match(result.stdout, /\nnot json\n\n/);
    assert.equal(result.stdout.match(/text_delta/g)?.length, 2000);
    assert.equal(last(result).type, "result");
  });

  it("waits where it is told to, deaf to a signal if it is told so", async () => {
    const [pidTo, waitForFile] = [join(sandbox.folder, "pid"), join(sandbox.folder, "go")];
    const env = { ...sandbox.env, ...fakeEnvironment({ pidTo, waitForFile, ignoreSigterm: true }) };
    const running = start([FAKE_AGENT, ...CLAUDE], { cwd: sandbox.workspace, env, input: "x" });
    await until(() => existsSync(pidTo) && readFileSync(pidTo, "utf8") !== "", { what: "the fake's pid" });
    assert.equal(Number(readFileSync(pidTo, "utf8")), running.pid);
    running.kill("SIGTERM");
    running.kill("SIGINT");
    const result = await running.result;
    assert.deepEqual([result.code, last(result).subtype], [0, "error_during_execution"]);
  });

  it("leaves a grandchild that outlives it and holds its output", async () => {
    const pidTo = join(sandbox.folder, "grandchild");
    const script: FakeScript = { grandchild: { setsid: true, holdStdout: true, pidTo } };
    const running = start([FAKE_AGENT, ...CLAUDE], {
      cwd: sandbox.workspace,
      env: sandbox.env,
      input: fakePrompt(script, "hello"),
    });
    assert.equal((await running.exited).code, 0);
    const pid = Number(readFileSync(pidTo, "utf8"));
    assert.ok(process.kill(pid, 0));
    process.kill(pid, "SIGKILL");
    assert.equal(last(await running.result).type, "result");
  });

  it("records who ran with what", async () => {
    const recordArgvTo = join(sandbox.folder, "records");
    await scripted({ recordArgvTo }, "--session-id", randomUUID());
    const [begin, end] = readFakeRecords(readFileSync(recordArgvTo, "utf8"));
    assert.deepEqual([begin?.event, end?.event, begin?.argv[0]], ["start", "end", "-p"]);
    assert.deepEqual(Object.keys(begin?.env ?? {}), ["AGENT_SESSIONS_HOME"]);
  });
});

describe("the fast agent", () => {
  it("answers for the id it was asked for", async () => {
    const id = randomUUID();
    const result = await run([FAST_AGENT, ...CLAUDE, "--resume", id], {
      cwd: sandbox.workspace,
      env: sandbox.env,
    });
    assert.deepEqual([last(result).session_id, last(result).is_error], [id, false]);
    assert.equal(result.stdout.trimEnd().split("\n").length, 3);
  });
});
