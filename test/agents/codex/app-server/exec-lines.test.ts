// Lines that no model on loopback can bring about; the others are compared with those of the real codex in
// `test/real-agents/warm-codex.test.ts`.
import assert from "node:assert/strict";
import test from "node:test";
import { ExecLines } from "../../../../src/agents/codex/app-server/exec-lines.ts";

const turnId = "t1";

/** The lines for these notifications of the turn. */
function linesOf(...notifications: [method: string, params: object][]): unknown[] {
  const lines = new ExecLines("x", turnId);
  return notifications.flatMap(([method, params]) =>
    lines.linesFor({ method, params: { threadId: "x", turnId, ...params } }),
  );
}

const ended = (turn: object) => ({
  turn: { id: turnId, items: [], status: "completed", error: null, ...turn },
});
const usage = (total: object) => ({ tokenUsage: { total, last: {} } });

test("a plan is one list that changes, and ends with the turn", () => {
  const plan = (...states: string[]) => ({
    plan: states.map((status, at) => ({ step: `step ${at}`, status })),
  });
  const items = (...done: boolean[]) => done.map((completed, at) => ({ text: `step ${at}`, completed }));
  const item = (...done: boolean[]) => ({ id: "item_0", type: "todo_list", items: items(...done) });
  assert.deepEqual(
    linesOf(
      ["turn/plan/updated", plan("inProgress", "pending")],
      ["turn/plan/updated", plan("completed", "inProgress")],
      ["thread/tokenUsage/updated", usage({ inputTokens: 7, outputTokens: 2 })],
      ["turn/completed", ended({})],
    ),
    [
      { type: "item.started", item: item(false, false) },
      { type: "item.updated", item: item(true, false) },
      { type: "item.completed", item: item(true, false) },
      {
        type: "turn.completed",
        usage: {
          input_tokens: 7,
          cached_input_tokens: 0,
          cache_write_input_tokens: 0,
          output_tokens: 2,
          reasoning_output_tokens: 0,
        },
      },
    ],
  );
});

test("searches, calls of servers and other agents have the words of codex exec", () => {
  const [search, call, agent, thought] = linesOf(
    [
      "item/completed",
      { item: { type: "webSearch", id: "w", query: "q", action: { type: "search", query: "q" } } },
    ],
    [
      "item/completed",
      {
        item: {
          type: "mcpToolCall",
          id: "m",
          server: "s",
          tool: "t",
          arguments: { a: 1 },
          status: "failed",
          result: null,
          error: { message: "no" },
        },
      },
    ],
    [
      "item/started",
      {
        item: {
          type: "collabAgentToolCall",
          id: "c",
          tool: "spawnAgent",
          status: "inProgress",
          senderThreadId: "x",
          receiverThreadIds: ["y"],
          prompt: "p",
          agentsStates: { y: { status: "pendingInit", message: null } },
        },
      },
    ],
    ["item/completed", { item: { type: "reasoning", id: "r", summary: ["one", "two"], content: [] } }],
  ).map((line) => (line as { item: object }).item);
  assert.deepEqual(search, {
    id: "item_0",
    type: "web_search",
    query: "q",
    action: { type: "search", query: "q" },
  });
  assert.deepEqual(call, {
    id: "item_1",
    type: "mcp_tool_call",
    server: "s",
    tool: "t",
    arguments: { a: 1 },
    result: null,
    error: { message: "no" },
    status: "failed",
  });
  assert.deepEqual(agent, {
    id: "item_2",
    type: "collab_tool_call",
    tool: "spawn_agent",
    sender_thread_id: "x",
    receiver_thread_ids: ["y"],
    prompt: "p",
    agents_states: { y: { status: "pending_init", message: null } },
    status: "in_progress",
  });
  assert.deepEqual(thought, { id: "item_3", type: "reasoning", text: "one\ntwo" });
});

test("what has begun and is only in the turn's end is complete then", () => {
  const item = { type: "fileChange", id: "f", changes: [{ path: "/a", kind: { type: "add" }, diff: "" }] };
  const change = { type: "file_change", changes: [{ path: "/a", kind: "add" }] };
  assert.deepEqual(
    linesOf(
      ["item/started", { item: { ...item, status: "inProgress" } }],
      ["item/started", { item: { ...item, status: "inProgress" } }],
      ["turn/completed", ended({ status: "interrupted", items: [{ ...item, status: "declined" }] })],
    ),
    [
      { type: "item.started", item: { id: "item_0", ...change, status: "in_progress" } },
      { type: "item.updated", item: { id: "item_0", ...change, status: "in_progress" } },
      { type: "item.completed", item: { id: "item_0", ...change, status: "failed" } },
    ],
  );
});

test("a turn that failed says why, and lines of other turns are left out", () => {
  assert.deepEqual(
    linesOf(
      ["warning", { threadId: "other", message: "not ours" }],
      ["error", { turnId: "other", error: { message: "not ours" } }],
      [
        "error",
        { error: { message: "Reconnecting... 1/5", additionalDetails: "no route" }, willRetry: true },
      ],
      ["item/completed", { turnId: "other", item: { type: "agentMessage", id: "a", text: "not ours" } }],
      ["turn/completed", { turn: { id: "other", status: "completed" } }],
      ["turn/completed", ended({ status: "failed" })],
    ),
    [
      { type: "error", message: "Reconnecting... 1/5 (no route)" },
      { type: "turn.failed", error: { message: "Reconnecting... 1/5 (no route)" } },
    ],
  );
});
