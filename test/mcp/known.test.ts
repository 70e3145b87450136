import assert from "node:assert/strict";
import test from "node:test";
import { knownOf } from "../../src/mcp/known.ts";
import { send } from "../../src/mcp/tools/asking.ts";
import { mcpCall } from "../support/mcp-call.ts";

test("what a conversation remembers is asked for with its agent and folder, which may look like options", async () => {
  const json = { access: "edit", agent_args: ["--yolo"] };
  const call = mcpCall({ name: "--x", agent: "codex", workspace: "--w" }, () => ({ json }));
  assert.deepEqual(await knownOf(call), { agent: undefined, access: "edit", agentArgs: ["--yolo"] });
  assert.deepEqual(call.lines[0]?.argv, ["show", "--agent=codex", "--workspace=--w", "--", "--x"]);
});

test("where there is none, the settings tell what its agent would get; what fails is told", async () => {
  const missing = { error: { code: "no_such_name", message: "" } };
  const call = mcpCall({ name: "x", agent: "codex" }, ({ argv }) =>
    argv[0] === "show" ? missing : { json: { value: ["--full-auto"] } },
  );
  assert.deepEqual(await knownOf(call), { agent: "codex", agentArgs: ["--full-auto"] });
  assert.deepEqual(call.lines[1]?.argv, ["config", "get", "--", "codex.agent-args"]);
  const failure = { code: "state_unreadable", message: "" };
  const broken = mcpCall({ name: "x", agent: "codex" }, () => ({ error: failure }));
  assert.deepEqual(await knownOf(broken), { agentArgs: [], failure });
  const unread = mcpCall({ name: "x", agent: "codex" }, ({ argv }) =>
    argv[0] === "show" ? missing : { error: failure },
  );
  assert.deepEqual(await knownOf(unread), { agent: "codex", agentArgs: [], failure });
});

test("a conversation with arguments of its own is refused below full, and nothing is sent", async () => {
  const call = mcpCall({ name: "x", prompt: "hi" }, () => ({ json: { agent_args: ["--yolo"] } }));
  const { isError, view } = await send.call(call);
  assert.deepEqual([isError, view.error], [true, "usage"]);
  assert.equal(call.lines.length, 1);
});
