import assert from "node:assert/strict";
import test from "node:test";
import { CODEX_ALIAS } from "../../../src/mcp/tools/codex-alias.ts";
import { mcpCall, remembering } from "../../support/mcp-call.ts";

const [codex, reply] = CODEX_ALIAS;
const accepted = { json: { turn_id: "t1" } };
const ended = { json: { outcome: "succeeded", text: "Done." } };

test("codex begins a conversation with a name of ours, and answers with it and the text", async () => {
  const args = { prompt: "Do it.", sandbox: "workspace-write", cwd: "/w", "approval-policy": "never" };
  const call = mcpCall(args, ({ argv }) => (argv[0] === "wait" ? ended : accepted));
  const { view } = (await codex?.call(call)) ?? {};
  assert.deepEqual([view?.threadId, view?.content, view?.outcome], ["codex-1", "Done.", "succeeded"]);
  assert.deepEqual(call.lines[0]?.argv, ["config", "get", "--workspace=/w", "--", "codex.agent-args"]);
  assert.deepEqual(call.lines[1], {
    argv: ["create", "--detach", "--agent=codex", "--access", "edit", "--workspace=/w", "--", "codex-1", "-"],
    files: {},
    input: "Do it.",
  });
  assert.deepEqual(call.lines[2]?.argv.slice(2), [
    "--turn=t1",
    "--agent=codex",
    "--workspace=/w",
    "--",
    "codex-1",
  ]);
});

test("a turn that takes longer than a call is waited for without a prompt, and a sandbox above the ceiling is refused", async () => {
  const running = { error: { code: "still_running", message: "", turn_id: "t1" } };
  const call = mcpCall({ threadId: "codex-1" }, ({ argv }) =>
    argv[0] === "wait" ? running : { json: { turns: [] } },
  );
  const { view } = (await reply?.call(call)) ?? {};
  assert.deepEqual([view?.threadId, view?.content], ["codex-1", ""]);
  assert.match(String(view?.next), /codex-reply with this threadId and no prompt/);
  const above = mcpCall({ prompt: "x", sandbox: "danger-full-access" }, () => accepted);
  assert.equal((await codex?.call(above))?.isError, true);
  assert.deepEqual(
    above.lines.map(({ argv }) => argv[0]),
    ["config"],
  );
  const again = mcpCall({ threadId: "codex-1", prompt: "More." }, remembering("full", accepted));
  await reply?.call(again);
  assert.ok(
    again.lines[1]?.argv.join(" ").includes("--access edit"),
    "as a conversation that may do more elsewhere",
  );
});
