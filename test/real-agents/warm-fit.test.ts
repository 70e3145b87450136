// When a warm agent runs a turn, and when the turn has a process of its own.
import assert from "node:assert/strict";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { identifyProcess } from "../../src/system/processes/identity.ts";
import { openWarm } from "../support/cli/open-warm.ts";
import { realAgents } from "../support/loopback/real-agents.ts";
import { until } from "../support/run.ts";

realAgents();

const bash = (command: string, more: object = {}) => ({
  name: "Bash",
  args: { command, description: "d", ...more },
});

test("what a new process would see is seen: memory, what it includes, rules, settings, and the role of the name", async (t) => {
  const { send, model, workspace, sessions } = await openWarm(t, { create: { role: "You are Ada." } });
  const told = () => JSON.stringify(model.requests().at(-1)?.body);
  const write = (file: string, content: string) => writeFileSync(join(workspace, file), content);
  mkdirSync(join(workspace, ".claude/rules"), { recursive: true });
  const changes: [what: string, change: () => void, seen: RegExp | undefined][] = [
    ["CLAUDE.md", () => write("CLAUDE.md", "The colour is MAUVE. @notes/more.md"), /MAUVE/],
    [
      "a file that it will include",
      () => {
        mkdirSync(join(workspace, "notes"), { recursive: true });
        write("notes/more.md", "The number is FORTY-TWO.");
      },
      /FORTY-TWO/,
    ],
    ["the included file", () => write("notes/more.md", "The number is FORTY-THREE."), /FORTY-THREE/],
    ["a rule", () => write(".claude/rules/tone.md", "Always WHISPER."), /WHISPER/],
    ["the settings", () => write(".claude/settings.json", '{"env":{"FLAVOUR":"vanilla"}}'), undefined],
    ["the servers of the project", () => write(".mcp.json", '{"mcpServers":{}}'), undefined],
  ];
  for (const [what, change, seen] of changes) {
    assert.equal((await send(`before ${what}`)).process, "warm", what);
    change();
    assert.equal((await send(`after ${what}`)).process, "cold", what);
    if (seen !== undefined) assert.match(told(), seen, what);
  }
  assert.match(told(), /You are Ada/);
  const x = await sessions.get("x");
  await x.setRole("You are Grace.");
  assert.equal((await send("who are you?")).process, "cold");
  assert.match(told(), /You are Grace/);
  assert.equal((await send("and now?")).process, "warm");
  assert.match(told(), /You are Grace/);
});

test("model, effort, access and arguments hold as they do for a process of its own; a schema has one", async (t) => {
  const { send, model } = await openWarm(t);
  const asked = () => model.requests().at(-1);
  assert.equal((await send("haiku", { model: "haiku" })).process, "cold");
  assert.match(asked()?.model ?? "", /haiku/);
  assert.equal((await send("the same")).process, "warm", "the name remembers it");
  const tools = () => JSON.stringify(asked()?.body.tools);
  assert.ok(tools().includes('"Bash"'));
  assert.equal((await send("read", { access: "read-only" })).process, "cold");
  assert.ok(!tools().includes('"Bash"'));
  const schema = { type: "object", properties: { n: { type: "number" } }, required: ["n"] };
  model.when("count", {
    toolCalls: [{ name: "StructuredOutput", args: { n: 3 } }],
    next: "done",
  });
  const counted = await send("count", { schema });
  assert.deepEqual([counted.process, counted.structured], ["cold", { n: 3 }]);
});

test("cancelled right behind its prompt, a turn has one end, and the next one runs", async (t) => {
  const { send, model, sessions } = await openWarm(t);
  const x = await sessions.get("x");
  for (let time = 0; time < 6; time += 1) {
    const prompt = `unwanted ${time}`;
    model.when(prompt, "never");
    const ending = new AbortController();
    const turn = x.send(prompt, { signal: ending.signal });
    setTimeout(() => ending.abort(), time * 25);
    const end = await turn.catch((error: unknown) => error as { code: string });
    assert.equal("outcome" in end ? end.outcome : end.code, "cancelled");
    const next = await send(`after ${time}`);
    assert.equal(next.text, `You said: after ${time}`);
  }
});

test("a deadline ends a turn, and an error of the model is a failure; neither ends the conversation", async (t) => {
  const { send, model, sessions, said } = await openWarm(t);
  const x = await sessions.get("x");
  model.when("slow", "never");
  const late = await x.send("slow", { deadlineMs: 1_500 });
  assert.deepEqual([late.outcome, late.process], ["deadline", "warm"]);
  model.when("bad", { status: 400, message: "no" });
  const bad = await x.send("bad");
  assert.deepEqual([bad.outcome, bad.failure?.code, bad.exit], ["failed", "agent_refused", { code: 1 }]);
  assert.equal((await send("good")).text, "You said: good");
  assert.equal(said().at(-1), "good");
});

test("a turn with a task in the background ends as one of its own process does: when the task is done", async (t) => {
  const { send, model, workspace } = await openWarm(t, { create: { agentArgs: ["--allowedTools", "Bash"] } });
  const done = join(workspace, "done");
  const command = `sleep 2; echo x > ${done}`;
  model.when("task", { toolCalls: [bash(command, { run_in_background: true })], next: "started" });
  const result = await send("task");
  assert.equal(result.process, "warm");
  assert.equal(readFileSync(done, "utf8"), "x\n", "the turn ends after its task");
  assert.equal((await send("after")).process, "cold", "its process is used up");
});

test("/compact stays in the conversation, /clear moves the name on", async (t) => {
  const { send, said } = await openWarm(t);
  const { sessionId } = await send("a");
  const compacted = await send("/compact");
  assert.deepEqual([compacted.process, compacted.sessionId], ["warm", sessionId]);
  assert.equal((await send("b")).sessionId, sessionId);
  const cleared = await send("/clear");
  assert.deepEqual([cleared.continuity, cleared.sessionId === sessionId], ["cleared", false]);
  const after = await send("c");
  assert.equal(after.sessionId, cleared.sessionId);
  assert.deepEqual([said().at(-1), said().includes("a"), said().includes("b")], ["c", false, false]);
  assert.equal((await send("d")).process, "warm");
});

test("closing waits for no turn, and ends none", async (t) => {
  const { sessions, send, model } = await openWarm(t);
  const x = await sessions.get("x");
  model.when("slow", { slowMs: 2_000, text: "slow enough" });
  const turn = x.send("slow");
  await model.received("slow");
  await sessions.close();
  const { outcome, text } = await turn;
  assert.deepEqual([outcome, text], ["succeeded", "slow enough"]);
  assert.equal((await send("after")).process, "cold");
});

test("a process that is idle for the time it is kept ends by itself", async (t) => {
  const { send, env } = await openWarm(t, { keepWarm: "300ms" });
  const { sessionId } = await send("a");
  const registry = join(env.HOME ?? "", ".claude/sessions");
  const living = () =>
    readdirSync(registry).flatMap((file) => {
      const { pid, sessionId: of } = JSON.parse(readFileSync(join(registry, file), "utf8"));
      return of === sessionId && identifyProcess(pid) !== undefined ? [pid] : [];
    });
  await until(() => living().length === 0, { what: "the idle process to end" });
  assert.equal((await send("b")).process, "cold");
});
