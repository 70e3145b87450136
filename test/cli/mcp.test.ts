import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { CLI, ERAS, openMcp } from "../support/cli/mcp-server.ts";
import { fakePrompt } from "../support/fake-agent/script.ts";
import { run, until } from "../support/run.ts";

for (const mode of ERAS) {
  test(`a client of the era ${JSON.stringify(mode)} finds the tools, and is told what it did wrong`, async (t) => {
    const { client, call } = await openMcp(t).connect([], mode);
    const { tools } = await client.listTools();
    assert.deepEqual(
      tools.map(({ name }) => name),
      [
        "send",
        "wait",
        "consult",
        "create",
        "fork",
        "status",
        "list",
        "show",
        "history",
        "search",
        "cost",
        "gates",
        "cancel",
      ],
    );
    assert.match(client.getInstructions() ?? "", /send \{name, agent, prompt\}/);
    const missing = await call("show", { name: "nope" });
    assert.deepEqual([missing.isError, missing.error], [true, "no_such_name"]);
    assert.match(String(missing.hint), /create \{"name":"nope"/);
    const wrong = await call("send", { name: "x", promt: "hi" });
    assert.deepEqual([wrong.isError, wrong.error, wrong.hint], [true, "usage", 'Did you mean "prompt"?']);
    const strange = await call("nope", {});
    assert.match(String(strange.hint), /send, wait/);
  });
}

test("a budget that is used up is an error that names the tool to call next, and what only a person can do", async (t) => {
  const { call } = await openMcp(t).connect();
  const created = await call("create", { name: "x", agent: "claude", prompt: "one", budget: "1tok" });
  assert.equal(created.state, "accepted", JSON.stringify(created));
  assert.equal((await call("wait", { name: "x" })).outcome, "succeeded");
  const refused = await call("send", { name: "x", prompt: "two" });
  assert.deepEqual(
    [refused.isError, refused.error, refused.used, refused.limit],
    [true, "over_budget", 121, 1],
  );
  assert.match(String(refused.hint), /^See more with: show \{"name":"x"/);
  assert.match(String(refused.hint), /\(for a person, in a terminal\) agent-sessions budget x AMOUNT/);
  assert.equal(((await call("show", { name: "x" })).budget as { is_over: boolean }).is_over, true);
  const wrong = await call("create", { name: "y", agent: "claude", budget: "much" });
  assert.deepEqual([wrong.isError, wrong.error], [true, "usage"]);
});

test("a prompt is sent and waited for; the same request is asked once; the end of the client ends nothing", async (t) => {
  const opened = openMcp(t);
  const { sandbox, connect } = opened;
  const letGo = join(sandbox.folder, "let-go");
  const { call, pid } = await connect();
  const prompt = fakePrompt({ waitForFile: letGo }, "hi");
  const asked = { name: "x", agent: "claude", prompt, request_id: "r1" };
  const accepted = await call("send", asked);
  assert.deepEqual(
    [accepted.isError, accepted.state, accepted.name],
    [false, "accepted", "x"],
    JSON.stringify(accepted),
  );
  const slice = await call("wait", { name: "x", wait_ms: 1 });
  assert.deepEqual([slice.state, slice.turn_id], ["running", accepted.turn_id]);
  assert.equal((await call("send", asked)).turn_id, accepted.turn_id);

  // In the middle of a wait, without a word.
  const waiting = call("wait", { name: "x" }).catch((error: unknown) => error);
  process.kill(pid, "SIGKILL");
  assert.ok((await waiting) instanceof Error);
  writeFileSync(letGo, "");
  const later = await connect();
  const answer = await later.call("wait", { name: "x", turn_id: accepted.turn_id });
  assert.deepEqual(
    [answer.state, answer.outcome, answer.text],
    ["ended", "succeeded", "You said: hi [prompts: 1]"],
  );
  const { turns } = await later.call("history", { name: "x" });
  assert.equal((turns as object[]).length, 1, "asked once");
});

test("a wait that its client gives up ends no turn, and cancel does", async (t) => {
  const { sandbox, connect } = openMcp(t);
  const { client, call } = await connect();
  const prompt = fakePrompt({ waitForFile: join(sandbox.folder, "never") }, "hi");
  const { turn_id } = await call("send", { name: "x", agent: "claude", prompt });
  await until(
    async () =>
      ((await call("status", { name: "x" })).turns as { reason: string }[])[0]?.reason === "running",
    {
      what: "the turn runs",
    },
  );
  await assert.rejects(
    client.callTool({ name: "wait", arguments: { name: "x" } }, { timeout: 300 }),
    /timed out/i,
  );
  assert.equal((await call("wait", { name: "x", wait_ms: 1 })).state, "running");
  assert.equal((await call("cancel", { name: "x", turn_id })).isError, false);
  assert.equal((await call("wait", { name: "x" })).outcome, "cancelled");
});

test("the server ends with its input and with SIGINT, and the turn goes on", async (t) => {
  const { sandbox, connect } = openMcp(t);
  const letGo = join(sandbox.folder, "let-go");
  const first = await connect();
  await first.call("send", { name: "x", agent: "claude", prompt: fakePrompt({ waitForFile: letGo }, "hi") });
  process.kill(first.pid, "SIGINT");
  await until(() => !isAlive(first.pid), { what: "the end after SIGINT" });
  const second = await connect();
  await second.client.close();
  await until(() => !isAlive(second.pid), { what: "the end after its input" });
  const third = await connect();
  assert.equal((await third.call("wait", { name: "x", wait_ms: 1 })).state, "running");
  writeFileSync(letGo, "");
  assert.equal((await third.call("wait", { name: "x" })).outcome, "succeeded");
});

test("gates can be seen, and no tool opens one", async (t) => {
  const { connect, env, sandbox } = openMcp(t);
  const cli = (...args: string[]) => run([process.execPath, CLI, ...args], { cwd: sandbox.workspace, env });
  writeFileSync(join(sandbox.workspace, "plan.md"), "Drop all tables.");
  assert.equal((await cli("gate", "r/plan", "--shows", "plan.md")).code, 20);
  const { call } = await connect();
  const listed = await call("gates", {});
  assert.deepEqual(
    (listed.gates as { id: string; state: string }[]).map(({ id, state }) => [id, state]),
    [["r/plan", "waiting"]],
  );
  assert.equal((await call("gates", { id: "r/plan" })).shown, "Drop all tables.");
  for (const id of ["approve", "refuse", "approve r/plan", "--shows=plan.md"])
    assert.equal((await call("gates", { id })).isError, true, id);
  assert.equal((await cli("gate", "r/plan")).code, 20, "and it still waits");
});

test("a server that only reads has no tool that asks, and one at a terminal says what it is", async (t) => {
  const { connect, env, sandbox } = openMcp(t);
  const { client } = await connect(["--read-only"]);
  const names = (await client.listTools()).tools.map(({ name }) => name);
  assert.deepEqual(names, ["wait", "status", "list", "show", "history", "search", "cost", "gates"]);
  const { code, stderr } = await run([process.execPath, CLI, "mcp", "--max-access", "all"], {
    cwd: sandbox.workspace,
    env,
  });
  assert.equal(code, 2);
  assert.match(stderr, /read-only, edit, full/);
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
