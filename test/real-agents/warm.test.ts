// Agents that are kept warm between turns by one process: the library.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { CLI } from "../support/cli/fake-cli.ts";
import { killInWarmTurn } from "../support/cli/kill-in-warm-turn.ts";
import { openWarm } from "../support/cli/open-warm.ts";
import { type Loopback, openLoopback } from "../support/loopback/loopback.ts";
import { realAgents } from "../support/loopback/real-agents.ts";
import { markedPids } from "../support/marked-processes.ts";
import { run, until } from "../support/run.ts";

realAgents();

/** Another process that sends to the conversation. */
async function cli({ env, workspace: cwd }: Loopback, ...args: string[]) {
  const result = await run([process.execPath, CLI, ...args], { cwd, env });
  const json = result.stdout.startsWith("{") ? JSON.parse(result.stdout) : {};
  return { ...result, json };
}

const bash = (command: string, more: object = {}) => ({
  name: "Bash",
  args: { command, description: "d", ...more },
});

test("twenty turns go on in one process, with the answers, costs and prompts of turns of their own", async (t) => {
  const { send, said, model, notes } = await openWarm(t);
  for (let at = 0; at < 20; at += 1) {
    const result = await send(`p${at}`);
    const { usage } = model.requests().at(-1) ?? {};
    assert.deepEqual(
      [result.process, result.text, result.continuity, result.usage?.inputTokens, result.usage?.outputTokens],
      ["warm", `You said: p${at}`, "native", usage?.inputTokens, usage?.outputTokens],
    );
  }
  assert.deepEqual(said(), ["first", "start", ...Array.from({ length: 20 }, (_, at) => `p${at}`)]);
  assert.deepEqual(notes, []);
});

test("what an agent writes when it exits is not taken for the words of others", async (t) => {
  const { sessions, send, said } = await openWarm(t);
  assert.equal((await send("a")).process, "warm");
  await sessions.close();
  const next = await send("b");
  assert.deepEqual([next.process, next.foreignBytes], ["cold", undefined]);
  assert.equal((await send("c")).process, "warm");
  assert.deepEqual(said(), ["first", "start", "a", "b", "c"]);
});

test("a turn that others run between two warm turns stays in the conversation, and costs them nothing", async (t) => {
  const warm = await openWarm(t);
  const { send, said, env, workspace: cwd, sessions } = warm;
  const { sessionId = "" } = await send("a");
  const other = await run(["claude", "-p", "--resume", sessionId], { cwd, env, input: "foreign" });
  assert.equal(other.code, 0, other.stderr);
  const next = await send("b");
  assert.deepEqual([next.process, said()], ["cold", ["first", "start", "a", "foreign", "b"]]);
  assert.ok((next.foreignBytes ?? 0) > 0);
  // A command of ours does not wait for the idle process, and does not take it for a turn of others.
  assert.equal((await send("c")).process, "warm");
  const { windows } = await sessions.status();
  assert.deepEqual(windows, []);
  const status = await cli(warm, "status", "--json");
  assert.deepEqual([status.json.turns, status.json.windows], [[], []]);
  const sent = await cli(warm, "send", "x", "--json", "--if-busy", "fail", "from the command line");
  assert.deepEqual([sent.json.outcome, sent.json.process], ["succeeded", "cold"], sent.stderr);
  assert.equal((await send("d")).process, "cold");
  assert.deepEqual(said().slice(-3), ["c", "from the command line", "d"]);
});

test("what a turn starts is of that turn: its marks, and its end", async (t) => {
  const { send, model, workspace, sessions } = await openWarm(t, {
    create: { agentArgs: ["--allowedTools", "Bash"] },
  });
  for (const prompt of ["one", "two"]) {
    const file = join(workspace, prompt);
    model.when(prompt, { toolCalls: [bash(`echo "$AGENT_SESSIONS_TURN" > ${file}`)], next: "ok" });
    const { turnId, process } = await send(prompt);
    assert.deepEqual([process, readFileSync(file, "utf8").trim()], ["warm", turnId]);
  }
  model.when("hang", { toolCalls: [bash("setsid sleep 300 & tail -f /dev/null")], next: "never said" });
  const x = await sessions.get("x");
  const ending = new AbortController();
  const turn = x.send("hang", { signal: ending.signal });
  let turnId = "";
  for await (const event of turn) {
    if (event.type === "started") turnId = event.turnId;
    if (event.type === "tool") break;
  }
  await until(() => markedPids(turnId).length >= 2, { what: "the commands to run" });
  ending.abort();
  const { outcome, process, isPromptKept } = await turn;
  assert.deepEqual([outcome, process, isPromptKept], ["cancelled", "warm", true]);
  assert.deepEqual(markedPids(turnId), []);
  assert.equal((await send("after")).process, "warm", "the process was interrupted, not ended");
});

test("a stream has the lines of a turn of its own, and no more", async (t) => {
  const { sessions, send } = await openWarm(t);
  const x = await sessions.get("x");
  const linesOf = async (prompt: string, options = {}) => {
    const kinds: string[] = [];
    const turn = x.send(prompt, options);
    for await (const line of turn.lines()) {
      const { type, subtype } = JSON.parse(line);
      kinds.push([type, subtype].filter((word) => word !== undefined).join(" "));
    }
    return { kinds, process: (await turn).process };
  };
  const warm = await linesOf("a");
  assert.equal(warm.process, "warm");
  await sessions.close();
  const cold = await linesOf("b");
  assert.equal(cold.process, "cold");
  await send("c");
  assert.deepEqual(warm.kinds, ["system init", "assistant", "result success"]);
  assert.deepEqual(cold.kinds, warm.kinds);
});

test("a program that is killed in a warm turn leaves the turn to its agent, and the answer to the next command", async (t) => {
  const loopback = await openLoopback();
  t.after(() => loopback.close());
  const { model } = loopback;
  await killInWarmTurn(loopback, "claude");
  const waited = await cli(loopback, "wait", "x", "--json");
  assert.deepEqual(
    [waited.json.outcome, waited.json.text, waited.json.process],
    ["succeeded", "the answer", "warm"],
    waited.stdout + waited.stderr,
  );
  const next = await cli(loopback, "send", "x", "--json", "next");
  assert.equal(next.json.outcome, "succeeded", next.stdout);
  assert.deepEqual(model.requests().at(-1)?.userMessages, ["first", "start", "slow", "next"]);
});
