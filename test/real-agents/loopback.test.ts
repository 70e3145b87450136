import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { existsSync, statSync } from "node:fs";
import { after, before, beforeEach, describe, it } from "node:test";
import { agentEnvironment, LOOPBACK_KEY } from "../support/environment.ts";
import { type Loopback, openLoopback } from "../support/loopback/loopback.ts";
import { realAgents, whyNoCopilot } from "../support/loopback/real-agents.ts";
import { type RunResult, run, start } from "../support/run.ts";

let loopback: Loopback;

before(async () => {
  realAgents();
  loopback = await openLoopback();
});
beforeEach(() => loopback.model.clear());
after(() => loopback.close());

function claude(input: string, ...args: string[]): Promise<RunResult> {
  const { workspace: cwd, env } = loopback;
  return run(["claude", "-p", "--output-format", "json", ...args], { cwd, env, input });
}

function codex(input: string, ...args: string[]): Promise<RunResult> {
  const { workspace: cwd, env } = loopback;
  return run(["codex", "exec", "--json", ...args, "-"], { cwd, env, input });
}

function lines(stdout: string): Record<string, unknown>[] {
  return stdout
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line));
}

describe("the real claude on loopback", () => {
  it("asks the model exactly once per turn, with just what the user typed", async () => {
    const id = randomUUID();
    const result = await claude("hello", "--session-id", id);
    assert.equal(result.code, 0, result.stderr);
    const requests = loopback.model.requests();
    assert.equal(requests.length, 1);
    assert.equal(requests[0]?.agent, "claude");
    assert.equal(requests[0]?.sessionId, id);
    assert.deepEqual(requests[0]?.userMessages, ["hello"]);
    assert.deepEqual(requests[0]?.usage, { inputTokens: 101, outputTokens: 20 });
    assert.deepEqual(loopback.model.strays(), []);
    const answer = lines(result.stdout)[0];
    assert.equal(answer?.result, "You said: hello");
    assert.equal(answer?.total_cost_usd, 0.000804);
  });

  it("sends earlier prompts again in order, also one that failed", async () => {
    const id = randomUUID();
    loopback.model.when("two", { status: 401 });
    await claude("one", "--session-id", id);
    const failed = await claude("two", "--resume", id);
    assert.equal(failed.code, 1);
    await claude("three\nlines\n\nlong", "--resume", id);
    const last = loopback.model.requests().at(-1);
    assert.deepEqual(last?.userMessages, ["one", "two", "three\nlines\n\nlong"]);
    assert.equal(last?.sessionId, id);
  });

  it("runs a tool the model asks for and takes the answer after it", async () => {
    loopback.model.when("use a tool", {
      toolCalls: [{ name: "Bash", args: { command: "echo from-the-tool" } }],
      next: { text: "the tool has run" },
    });
    const result = await claude("use a tool");
    assert.equal(lines(result.stdout)[0]?.result, "the tool has run");
    const [first, second, ...more] = loopback.model.requests();
    assert.deepEqual([first?.toolRounds, second?.toolRounds, more.length], [0, 1, 0]);
    assert.match(second?.messages.at(-1)?.text ?? "", /from-the-tool/);
  });

  it("streams slowly, to its end", async () => {
    loopback.model.when("rather slow", { slowMs: 1000 });
    const begin = performance.now();
    const result = await claude("rather slow");
    assert.match(String(lines(result.stdout)[0]?.result), /^word1 .* word40$/);
    assert.ok(performance.now() - begin > 900);
  });

  it("streams slowly, visibly in progress", async () => {
    loopback.model.when("slow", { slowMs: 60_000 });
    const { workspace: cwd, env } = loopback;
    const args = ["-p", "--output-format", "stream-json", "--verbose", "--include-partial-messages"];
    const running = start(["claude", ...args], { cwd, env, input: "slow" });
    await running.waitFor((stdout) => stdout.includes("text_delta"), { what: "the first piece of text" });
    running.kill("SIGTERM");
    const result = await running.result;
    assert.equal(result.code, 143);
    assert.doesNotMatch(result.stdout, /"type":"result"/);
  });
});

describe("the real codex on loopback", () => {
  it("asks the model exactly once per turn, with just what the user typed", async () => {
    const result = await codex("hello");
    assert.equal(result.code, 0, result.stderr);
    const requests = loopback.model.requests();
    assert.equal(requests.length, 1);
    assert.equal(requests[0]?.agent, "codex");
    assert.deepEqual(requests[0]?.userMessages, ["hello"]);
    assert.match(requests[0]?.system ?? "", /Codex/);
    assert.equal(requests[0]?.sessionId, lines(result.stdout)[0]?.thread_id);
    assert.deepEqual(loopback.model.strays(), []);
    assert.match(result.stdout, /You said: hello/);
  });

  it("sends earlier prompts again in order, and adds up the usage", async () => {
    const first = await codex("one");
    const id = String(lines(first.stdout)[0]?.thread_id);
    const second = await codex("two", "resume", id);
    assert.deepEqual(loopback.model.requests().at(-1)?.userMessages, ["one", "two"]);
    const { usage } = lines(second.stdout).at(-1) as {
      usage?: { input_tokens: number; output_tokens: number };
    };
    assert.deepEqual([usage?.input_tokens, usage?.output_tokens], [101 + 102, 40]);
  });

  it("waits for a model that never answers, until it is ended", async () => {
    loopback.model.when("silence", "never");
    const { workspace: cwd } = loopback;
    const { codexFolder } = realAgents();
    const PATH = `${codexFolder}:${loopback.env.PATH}`;
    const env = loopback.sandbox.with(codexFolder === undefined ? {} : { PATH });
    const running = start(["codex", "exec", "--json", "-"], { cwd, env, input: "silence" });
    const request = await loopback.model.received("silence");
    assert.equal(request.usage, undefined);
    running.kill("SIGTERM");
    assert.equal((await running.result).signal, "SIGTERM");
  });
});

describe("the real copilot on loopback", { skip: whyNoCopilot() }, () => {
  it("asks the model exactly once per turn, with just what the user typed", async () => {
    const { workspace: cwd, env } = loopback;
    const id = randomUUID();
    const turn = (input: string, ...args: string[]) =>
      run(["copilot", "--output-format=json", ...args], { cwd, env, input });
    const first = await turn("hello", `--session-id=${id}`);
    assert.equal(first.code, 0, first.stderr);
    await turn("two\nlines", `--resume=${id}`);
    const requests = loopback.model.requests();
    assert.deepEqual(
      requests.map(({ agent, userMessages }) => [agent, userMessages]),
      [
        ["copilot", ["hello"]],
        ["copilot", ["hello", "two\nlines"]],
      ],
    );
    assert.deepEqual(loopback.model.strays(), []);
    assert.equal(lines(first.stdout).at(-1)?.sessionId, id);
    assert.match(first.stdout, /You said: hello/);
  });
});

describe("the model's rules", () => {
  it("holds an answer back until the test lets it go, and forgets a rule that is used up", async () => {
    let letGo: (() => void) | undefined;
    const gate = new Promise<void>((resolve) => {
      letGo = resolve;
    });
    loopback.model.when(/^held/, async () => gate.then(() => ({ text: "at last" })), { times: 1 });
    const turn = codex("held prompt");
    await loopback.model.received(/^held/);
    letGo?.();
    assert.match((await turn).stdout, /at last/);
    assert.match((await codex("held prompt")).stdout, /You said: held prompt/);
  });
});

describe("the environment", () => {
  it("refuses every address but a port on this machine", () => {
    const home = loopback.sandbox.home;
    const refused = [
      "https://api.anthropic.com",
      "http://localhost:80",
      "http://127.0.0.1",
      "http://127.0.0.1:80@example.com",
      "http://127.0.0.1:80/x",
    ];
    for (const modelUrl of refused) assert.throws(() => agentEnvironment({ home, modelUrl }), /127\.0\.0\.1/);
    const modelUrl = loopback.model.url;
    for (const name of ["ANTHROPIC_BASE_URL", "COPILOT_PROVIDER_BASE_URL"]) {
      const extra = { [name]: "https://api.anthropic.com/copilot/v1" };
      assert.throws(() => agentEnvironment({ home, modelUrl, extra }), /127\.0\.0\.1/);
    }
    assert.throws(
      () => agentEnvironment({ home, modelUrl, extra: { ANTHROPIC_API_KEY: "sk-x" } }),
      /must be/,
    );
  });

  it("inherits nothing", async () => {
    process.env.LOOPBACK_TEST_LEAK = "leaked";
    const result = await run(["env"], { cwd: loopback.workspace, env: loopback.env });
    delete process.env.LOOPBACK_TEST_LEAK;
    const present = result.stdout.split("\n").filter((line) => line !== "");
    assert.deepEqual(
      present.sort(),
      Object.entries(loopback.env)
        .map(([name, value]) => `${name}=${value}`)
        .sort(),
    );
    assert.equal(loopback.env.ANTHROPIC_API_KEY, LOOPBACK_KEY);
    for (const name of ["HOME", "TMPDIR", "AGENT_SESSIONS_HOME"]) {
      assert.ok(loopback.env[name]?.startsWith(loopback.sandbox.folder), name);
    }
  });

  it("lives in private folders that are gone afterwards", async () => {
    const own = await openLoopback();
    assert.equal(statSync(own.sandbox.home).mode & 0o777, 0o700);
    await own.close();
    assert.equal(existsSync(own.sandbox.folder), false);
  });
});
