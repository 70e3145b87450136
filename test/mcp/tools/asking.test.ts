import assert from "node:assert/strict";
import test from "node:test";
import { asCommands } from "../../../src/app/wording.ts";
import { consult, create, fork, send } from "../../../src/mcp/tools/asking.ts";
import { asTools } from "../../../src/mcp/wording.ts";
import { mcpCall, remembering } from "../../support/mcp-call.ts";

const accepted = { json: { type: "agent_sessions.accepted", turn_id: "t1", name: "x" } };
const args = { name: "x", prompt: "--hi", workspace: "/w", request_id: "r" };

test("send accepts, within the ceiling, and never as an argument of a process", async () => {
  const call = mcpCall({ ...args, agent: "codex" }, remembering(null, accepted));
  const { view } = await send.call(call);
  assert.deepEqual(view, {
    turn_id: "t1",
    name: "x",
    state: "accepted",
    next: "Call wait with this name and turn_id.",
  });
  assert.deepEqual(call.lines.at(-1), {
    argv: [
      ...["send", "--detach", "--keep-warm=5m", "--access", "read-only"],
      ...["--or-create=codex", "--agent=codex", "--workspace=/w", "--request-id=r", "--", "x", "-"],
    ],
    input: "--hi",
  });
});

test("consult only reads, whatever the conversation may do and whatever is asked for", async () => {
  const call = mcpCall({ ...args, access: "full" }, remembering("full", accepted), { maxAccess: "full" });
  await consult.call(call);
  assert.ok(call.lines.at(-1)?.argv.join(" ").includes("--access read-only"));
});

test("what is above the ceiling is refused before anything runs, and what is remembered above it is lowered", async () => {
  const refused = mcpCall({ ...args, access: "full" }, remembering(null, accepted));
  assert.deepEqual((await send.call(refused)).isError, true);
  assert.deepEqual(
    refused.lines.map(({ argv }) => argv[0]),
    ["show"],
  );
  const lowered = mcpCall(args, remembering("full", accepted));
  const { view } = await send.call(lowered);
  assert.match(String(view.note), /the access that this server allows/);
  assert.ok(lowered.lines.at(-1)?.argv.join(" ").includes("--access edit"));
});

test("every tool that asks says which files the turn works on", async () => {
  const [name, prompt, agent, tree] = ["x", "hi", "claude", "carry"];
  for (const tool of [send, consult, create, fork]) {
    const rest = tool === create || tool === send ? { agent } : tool === fork ? { new_name: "y" } : {};
    const asked = mcpCall({ name, prompt, tree, ...rest }, remembering(null, accepted));
    await tool.call(asked);
    assert.ok(asked.lines.at(-1)?.argv.includes("--tree=carry"), tool.name);
    assert.ok(
      tool.fields.some((field) => field.name === "tree"),
      tool.name,
    );
  }
});

test("create takes a budget, and of one that is used up the model is told which tool tells more", async () => {
  const made = mcpCall({ name: "x", agent: "claude", budget: "200ktok" }, () => accepted);
  await create.call(made);
  assert.ok(made.lines.at(-1)?.argv.includes("--budget=200ktok"));
  const wording = asTools(asCommands());
  const about = { name: "x", workspace: "/w" };
  assert.equal(wording.step("show", about), 'show {"name":"x","workspace":"/w"}');
  assert.match(
    wording.step("setBudget", about),
    /^\(for a person, in a terminal\) agent-sessions budget x AMOUNT/,
  );
  assert.match(wording.step("send", { ...about, overBudget: true }), /^\(for a person.*send x --over-budget/);
});

test("create has a role, fork a new name, and an error of the command is the answer", async () => {
  const made = mcpCall({ name: "x", agent: "claude", role: "Be brief." }, () => accepted);
  await create.call(made);
  assert.deepEqual(made.lines.at(-1), {
    argv: ["create", "--detach", "--role=/role", "--access", "read-only", "--agent=claude", "--", "x"],
    files: { "/role": "Be brief." },
  });
  const error = { code: "name_exists", message: "It exists.", hint: "Take another." };
  const forked = mcpCall({ name: "x", new_name: "y", prompt: "p" }, remembering("edit", { error }));
  assert.deepEqual(await fork.call(forked), {
    view: { error: "name_exists", message: "It exists.", hint: "Take another." },
    isError: true,
  });
  assert.deepEqual(forked.lines.at(-1)?.argv, ["fork", "--detach", "--access", "edit", "--", "x", "y", "-"]);
});
