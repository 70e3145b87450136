// Agents that a keeper keeps warm for commands that come and go.
import assert from "node:assert/strict";
import test from "node:test";
import { identifyProcess } from "../../src/system/processes/identity.ts";
import { openClaudeWindow } from "../support/cli/claude-window.ts";
import { openRealCli, type RealCli } from "../support/cli/real-cli.ts";
import { until } from "../support/run.ts";

interface Keeper {
  pid: number;
  is_warm: boolean;
  is_running: boolean;
}

async function keepersOf(cli: RealCli): Promise<Keeper[]> {
  return (await cli.run(["keepers", "--json"])).json.keepers as Keeper[];
}

const isAlive = (pid: number) => identifyProcess(pid) !== undefined;

async function send(cli: RealCli, ...words: string[]) {
  const { code, json, stdout, stderr } = await cli.run(["send", "x", "--json", ...words]);
  assert.equal(code, 0, stdout + stderr);
  return json;
}

/** A conversation that a keeper has warm. */
async function openKept(t: Parameters<typeof openRealCli>[0], agent = "claude"): Promise<RealCli> {
  const cli = await openRealCli(t);
  assert.equal((await cli.run(["create", "x", "-a", agent, "first"])).code, 0);
  assert.equal((await send(cli, "--keep-warm", "5m", "start")).process, "cold");
  return cli;
}

test("send --keep-warm goes on in the process of the command before it, and keepers --stop ends it", async (t) => {
  const cli = await openKept(t);
  for (const prompt of ["a", "b", "c"]) {
    const sent = await send(cli, "--keep-warm", "5m", prompt);
    assert.deepEqual([sent.process, sent.text, sent.continuity], ["warm", `You said: ${prompt}`, "native"]);
  }
  assert.deepEqual(cli.lastPrompts(), ["first", "start", "a", "b", "c"]);
  const [keeper] = await keepersOf(cli);
  assert.deepEqual([keeper?.is_warm, keeper?.is_running], [true, false]);
  assert.match((await cli.run(["keepers"])).stdout, /keeps the agent warm/);
  assert.equal((await send(cli, "without")).process, "cold", "a command of its own does not wait for it");
  assert.equal((await send(cli, "--keep-warm", "5m", "d")).process, "cold", "others have spoken");
  assert.equal((await cli.run(["keepers", "--stop", "x"])).code, 0);
  assert.equal(isAlive(keeper?.pid ?? 0), false);
  assert.deepEqual(cli.lastPrompts().slice(-2), ["without", "d"]);
});

test("a stream has the agent's lines, Ctrl-C ends the turn, and what the keeper keeps lives on", async (t) => {
  const cli = await openKept(t);
  const streamed = await cli.run(["send", "x", "--stream", "--keep-warm", "5m", "streamed"]);
  const kinds = streamed.stdout
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line))
    .map(({ type, subtype }) => [type, subtype].filter((word) => word !== undefined).join(" "));
  assert.deepEqual(kinds, ["system init", "assistant", "result success", "agent_sessions.result"]);
  cli.model.when("hang", "never");
  const hanging = cli.start(["send", "x", "--json", "--keep-warm", "5m", "hang"]);
  await cli.model.received("hang");
  hanging.kill("SIGINT");
  const ended = await hanging.result;
  assert.deepEqual([ended.code, JSON.parse(ended.stdout).outcome], [130, "cancelled"], ended.stderr);
  assert.equal((await send(cli, "--keep-warm", "5m", "after")).process, "warm");
  const late = await cli.run(["send", "x", "--json", "--keep-warm", "5m", "--deadline", "1s", "hang"]);
  assert.deepEqual([late.code, late.json.outcome], [6, "deadline"], late.stderr);
});

test("a window can be opened on a warm conversation, and nothing of either is lost", async (t) => {
  const cli = await openKept(t);
  const { session_id } = await send(cli, "--keep-warm", "5m", "warm");
  const window = await openClaudeWindow(cli, String(session_id));
  cli.model.when("typed", "answered");
  await window.say("typed");
  await window.showed("answered");
  const refused = await cli.run(["send", "x", "--json", "--keep-warm", "5m", "too early"]);
  assert.deepEqual([refused.code, refused.json.error?.code], [5, "busy"], refused.stdout);
  await window.close();
  const next = await send(cli, "--keep-warm", "5m", "next");
  assert.deepEqual([next.process, next.text], ["cold", "You said: next"]);
  assert.deepEqual(cli.lastPrompts(), ["first", "start", "warm", "typed", "next"]);
});

test("codex goes on in a keeper's process too, and what others say is no reason to end it", async (t) => {
  const cli = await openKept(t, "codex");
  for (const prompt of ["a", "b"])
    assert.equal((await send(cli, "--keep-warm", "5m", prompt)).process, "warm", prompt);
  const status = (await cli.run(["status", "--json"])).json;
  assert.deepEqual([status.turns, status.windows], [[], []]);
  assert.equal((await send(cli, "without")).process, "cold");
  assert.equal((await send(cli, "--keep-warm", "5m", "c")).process, "warm");
  cli.model.when("hang", "never");
  const hanging = cli.start(["send", "x", "--json", "--keep-warm", "5m", "hang"]);
  await cli.model.received("hang");
  const { turns, windows } = (await cli.run(["status", "--json"])).json as Record<string, unknown[]>;
  assert.deepEqual([turns?.length, windows], [1, []]);
  hanging.kill("SIGINT");
  const ended = await hanging.result;
  assert.deepEqual([ended.code, JSON.parse(ended.stdout).outcome], [130, "cancelled"], ended.stderr);
  assert.equal((await send(cli, "--keep-warm", "5m", "after")).process, "warm");
  assert.equal((await cli.run(["keepers", "--stop", "x"])).code, 0);
  assert.deepEqual(cli.lastPrompts(), ["first", "start", "a", "b", "without", "c", "hang", "after"]);
});

test("turns that wait for each other run in one process, which then ends by itself", async (t) => {
  const cli = await openRealCli(t);
  await cli.run(["create", "x", "-a", "claude", "first"]);
  await send(cli, "second");
  let go = (_: string): void => undefined;
  const held = new Promise<string>((resolve) => {
    go = resolve;
  });
  cli.model.when("n0", () => held);
  const turnIds: string[] = [];
  for (let at = 0; at < 4; at += 1)
    turnIds.push((await cli.run(["send", "x", "--detach", `n${at}`])).stdout.trim());
  const [keeper] = await keepersOf(cli);
  await cli.model.received("n0");
  go("done");
  const processes = [];
  for (const turnId of turnIds) {
    const { json } = await cli.run(["wait", "x", "--turn", turnId, "--json"]);
    processes.push(json.process);
  }
  assert.equal(processes.filter((how) => how === "warm").length >= 2, true, processes.join(" "));
  assert.deepEqual(cli.lastPrompts(), ["first", "second", "n0", "n1", "n2", "n3"]);
  await until(() => !isAlive(keeper?.pid ?? 0), { what: "the keeper to end" });
});

test("a client or a keeper that is killed in a warm turn loses nothing", async (t) => {
  const cli = await openKept(t);
  let answer = (_: string): void => undefined;
  const hold = (prompt: string) => {
    const held = new Promise<string>((resolve) => {
      answer = resolve;
    });
    cli.model.when(prompt, () => held);
  };
  hold("client");
  const client = cli.start(["send", "x", "--keep-warm", "5m", "client"]);
  await cli.model.received("client");
  client.kill("SIGKILL");
  await client.exited;
  answer("one");
  const first = (await cli.run(["wait", "x", "--json"])).json;
  assert.deepEqual([first.outcome, first.text, first.process], ["succeeded", "one", "warm"]);

  hold("keeper");
  const second = cli.start(["send", "x", "--json", "--keep-warm", "5m", "keeper"]);
  await cli.model.received("keeper");
  const [keeper] = await keepersOf(cli);
  process.kill(keeper?.pid ?? 0, "SIGKILL");
  setTimeout(() => answer("two"), 200);
  const followed = await second.result;
  const said = JSON.parse(followed.stdout);
  assert.deepEqual([followed.code, said.outcome, said.text], [0, "succeeded", "two"], followed.stderr);
  const next = await send(cli, "--keep-warm", "5m", "next");
  assert.equal(next.process, "cold");
  assert.deepEqual(cli.lastPrompts(), ["first", "start", "client", "keeper", "next"]);
});
