import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { claude } from "../../src/agents/claude/claude.ts";
import { codex } from "../../src/agents/codex/codex.ts";
import { copilot } from "../../src/agents/copilot/copilot.ts";
import { diagnose } from "../../src/agents/diagnosis.ts";
import { agents } from "../../src/agents/index.ts";
import { EventLines } from "../../src/domain/turn/event-lines.ts";
import { answerOf } from "../../src/domain/turn/fold.ts";
import type { TurnEvent } from "../../src/domain/turn/turn.ts";
import { EVENT_KEYS, eventLinesOf } from "../support/event-lines.ts";
import { eventsOf, fold, recorded } from "../support/replay.ts";

const piece = (event: object, parent: string | null = null) => ({
  type: "stream_event",
  parent_tool_use_id: parent,
  api_message_id: "msg_1",
  event,
});
const streamed = (text: string, parent: string | null) =>
  piece({ type: "content_block_delta", delta: { type: "text_delta", text } }, parent);
const begun = {
  type: "message_start",
  message: { id: "msg_1", usage: { input_tokens: 9, output_tokens: 1 } },
};
const said = (content: unknown[], more: object = {}) => ({
  type: "assistant",
  message: { content },
  parent_tool_use_id: null,
  ...more,
});
const item = (kind: string, more: object) => ({ type: kind, item: { id: "item_1", ...more } });

const told = (type: string, data: object, more: object = {}) => ({ type, data, ...more });

const CASES: [string, (value: unknown) => TurnEvent[], unknown, TurnEvent[]][] = [
  [
    "claude: the text blocks of a message are one text",
    claude.read,
    said([
      { type: "text", text: "a" },
      { type: "thinking", thinking: "…" },
      { type: "text", text: "b" },
    ]),
    [{ type: "thinking" }, { type: "text", text: "ab" }],
  ],
  [
    "claude: a message with a text and two calls",
    claude.read,
    said([
      { type: "text", text: "a" },
      { type: "tool_use", id: "t1", name: "Bash", input: {} },
      { type: "tool_use", id: "t2", name: "Read", input: {} },
    ]),
    [
      { type: "text", text: "a" },
      { type: "tool", phase: "start", id: "t1", name: "Bash", input: {} },
      { type: "tool", phase: "start", id: "t2", name: "Read", input: {} },
    ],
  ],
  ["claude: text as it is made", claude.read, streamed("ti", null), [{ type: "text-delta", text: "ti" }]],
  [
    "claude: a message that only thinks",
    claude.read,
    said([{ type: "redacted_thinking", data: "…" }]),
    [{ type: "thinking" }],
  ],
  [
    "claude: the beginning of a thought",
    claude.read,
    piece({ type: "content_block_start", index: 0, content_block: { type: "thinking", thinking: "" } }),
    [{ type: "thinking" }],
  ],
  [
    "claude: thoughts that are only counted",
    claude.read,
    { type: "system", subtype: "thinking_tokens", estimated_tokens: 50, estimated_tokens_delta: 50 },
    [{ type: "thinking" }],
  ],
  [
    "claude: the beginning of an answer",
    claude.read,
    piece(begun),
    [{ type: "usage", answerId: "msg_1", inputTokens: 9, outputTokens: 1 }],
  ],
  [
    "claude: tokens of an answer that doesn't say which",
    claude.read,
    { ...piece({ type: "message_delta", usage: { output_tokens: 7 } }), api_message_id: undefined },
    [{ type: "usage", outputTokens: 7 }],
  ],
  [
    "claude: a retry after a dropped connection has no status",
    claude.read,
    {
      type: "system",
      subtype: "api_retry",
      attempt: 2,
      max_retries: 10,
      retry_delay_ms: 607,
      error_status: null,
      error: "unknown",
    },
    [{ type: "retry", attempt: 2, of: 10, reason: "unknown", delayMs: 607 }],
  ],
  [
    "claude: several denied tools are named once each",
    claude.read,
    {
      type: "result",
      subtype: "success",
      is_error: false,
      result: "",
      permission_denials: [{ tool_name: "Bash" }, { tool_name: "Write" }, { tool_name: "Bash" }],
    },
    [
      { type: "warning", message: "Bash, Write were denied by the permission mode." },
      { type: "end", isError: false, text: "" },
    ],
  ],
  [
    "claude: a field of a wrong type does not cost the end",
    claude.read,
    {
      type: "result",
      subtype: "success",
      is_error: false,
      result: 7,
      usage: "x",
      modelUsage: [1],
      api_error_status: "500",
    },
    [{ type: "end", isError: false }],
  ],
  [
    "claude: a result without is_error goes by its subtype",
    claude.read,
    { type: "result", subtype: "error_x" },
    [{ type: "end", isError: true, reason: "error_x" }],
  ],
  [
    "codex: a thought",
    codex.read,
    item("item.completed", { type: "reasoning", text: "…" }),
    [{ type: "thinking" }],
  ],
  [
    "codex: waiting for a network has no count and no end",
    codex.read,
    {
      type: "error",
      message: "Reconnecting... waiting for network (Connection failed: error sending request)",
    },
    [{ type: "retry", attempt: 0, reason: "waiting for network (Connection failed: error sending request)" }],
  ],
  [
    "codex: a notice that is no retry",
    codex.read,
    { type: "error", message: "stream disconnected" },
    [{ type: "warning", message: "stream disconnected" }],
  ],
  [
    "codex: a call of an MCP tool",
    codex.read,
    item("item.completed", { type: "mcp_tool_call", server: "gh", tool: "list", status: "failed" }),
    [{ type: "tool", phase: "end", id: "item_1", name: "gh.list", failed: true }],
  ],
  [
    "codex: a changed file",
    codex.read,
    item("item.completed", { type: "file_change", changes: [], status: "completed" }),
    [
      {
        ...{ type: "tool", phase: "end", id: "item_1", name: "file_change", failed: false },
        input: { changes: [] },
      },
    ],
  ],
  [
    "codex: a command under way",
    codex.read,
    item("item.started", { type: "command_execution", exit_code: null, status: "in_progress" }),
    [{ type: "tool", phase: "start", id: "item_1", name: "command_execution" }],
  ],
  ["codex: an end without usage", codex.read, { type: "turn.completed" }, [{ type: "end", isError: false }]],
  [
    "codex: a failure without words",
    codex.read,
    { type: "turn.failed", error: null },
    [{ type: "end", isError: true }],
  ],
  [
    "copilot: a prompt that is on disk begins the turn, of an id it tells nothing",
    copilot.read,
    told("user.message", { content: "hi", sessionId: "x" }),
    [{ type: "session" }],
  ],
  [
    "copilot: the model of a call",
    copilot.read,
    told("model.call_start", { model: "m" }),
    [{ type: "session", model: "m" }],
  ],
  [
    "copilot: text as it is made",
    copilot.read,
    told("assistant.message_delta", { deltaContent: "ti" }),
    [{ type: "text-delta", text: "ti" }],
  ],
  [
    "copilot: a retry has a reason and no count",
    copilot.read,
    told("assistant.turn_retry", { reason: "rate_limit" }),
    [{ type: "retry", attempt: 0, reason: "rate_limit" }],
  ],
  [
    "copilot: an error after which it goes on",
    copilot.read,
    told("session.error", { errorType: "hook", message: "no" }),
    [{ type: "warning", message: "no" }],
  ],
  [
    "copilot: an error that ends the turn",
    copilot.read,
    told("session.error", { errorType: "query", message: "no", statusCode: 500 }),
    [{ type: "failure", text: "no", apiStatus: 500 }],
  ],
  [
    "copilot: a turn that was cut off while it thought",
    copilot.read,
    told("agent.interrupted", { activity: "model_call" }),
    [{ type: "failure" }],
  ],
  [
    "copilot: idle because it was cut off",
    copilot.read,
    told("assistant.idle", { aborted: true }),
    [{ type: "failure" }],
  ],
  [
    "copilot: a tool that failed, but not for want of a permission",
    copilot.read,
    told("tool.execution_complete", {
      toolCallId: "t",
      success: false,
      error: { message: "no", code: "failure" },
    }),
    [{ type: "tool", phase: "end", id: "t", name: "", failed: true }],
  ],
  [
    "copilot: the end of a turn that failed",
    copilot.read,
    { type: "result", sessionId: "x", exitCode: 1 },
    [{ type: "end", isError: true, sessionId: "x" }],
  ],
];
for (const [title, read, value, expected] of CASES) {
  test(title, () => assert.deepEqual(read(value), expected));
}

// What must not be taken for an answer, an id or an end.
const OTHERS: [string, (value: unknown) => TurnEvent[], unknown][] = [
  [
    "claude: a sub-agent's message",
    claude.read,
    said([{ type: "text", text: "sub" }], { parent_tool_use_id: "toolu_1" }),
  ],
  ["claude: a sub-agent's text as it is made", claude.read, streamed("sub", "toolu_1")],
  ["claude: a sub-agent's tokens", claude.read, piece(begun, "toolu_1")],
  [
    "claude: the beginning of a text",
    claude.read,
    piece({ type: "content_block_start", index: 0, content_block: { type: "text", text: "" } }),
  ],
  [
    "claude: an API error dressed as a message",
    claude.read,
    said([{ type: "text", text: "API Error: 500" }], { is_api_error_message: true }),
  ],
  [
    "claude: a user's text",
    claude.read,
    { type: "user", message: { role: "user", content: "hi" }, session_id: "x" },
  ],
  [
    "claude: a hook with a session id",
    claude.read,
    { type: "system", subtype: "hook_started", session_id: "x" },
  ],
  [
    "claude: /clear announces an id that is not the new one",
    claude.read,
    { type: "conversation_reset", new_conversation_id: "x", session_id: "y" },
  ],
  ["claude: an init without an id", claude.read, { type: "system", subtype: "init", session_id: 7 }],
  ["claude: a result without a subtype", claude.read, { type: "result", is_error: false, result: "x" }],
  ["codex: a thread without an id", codex.read, { type: "thread.started", thread_id: null }],
  ["codex: the beginning of a turn", codex.read, { type: "turn.started" }],
  [
    "codex: the beginning of a message",
    codex.read,
    item("item.started", { type: "agent_message", text: "" }),
  ],
  [
    "codex: an item without an id",
    codex.read,
    { type: "item.completed", item: { type: "agent_message", text: "x" } },
  ],
  ["copilot: a message that only calls tools", copilot.read, told("assistant.message", { content: "" })],
  ["copilot: an idleness that nobody caused", copilot.read, told("assistant.idle", {})],
  ["copilot: a result without an id is no end", copilot.read, { type: "result", exitCode: 0 }],
  ...["user.message", "assistant.message", "assistant.message_delta", "session.error", "abort"].map(
    (type): [string, (value: unknown) => TurnEvent[], unknown] => [
      `copilot: ${type} of a sub-agent`,
      copilot.read,
      told(type, { content: "x", deltaContent: "x", errorType: "query", message: "x" }, { agentId: "a" }),
    ],
  ),
];
for (const [title, read, value] of OTHERS) {
  test(`other: ${title}`, () => assert.deepEqual(read(value), [{ type: "other", raw: value }]));
}

test("claude 2.1.329: a failed turn says success in its subtype", () => {
  const { end } = fold(eventsOf(claude, recorded("claude-2.1.329/api-500.json")));
  assert.equal(end?.isError, true);
});

test("claude 2.1.329: a resume that found nothing announces no session, though it names the id", () => {
  const folded = fold(eventsOf(claude, recorded("claude-2.1.329/resume-unknown.stream.jsonl")));
  assert.equal(folded.sessionId, undefined);
  assert.equal(folded.end?.sessionId, "22222222-2222-4222-8222-222222222222");
  assert.equal(folded.end?.counters, undefined);
});

test("claude 2.1.329: a run with a background agent has two results, and the last one is the answer", () => {
  const events = eventsOf(claude, recorded("claude-2.1.329/two-results.stream.jsonl"));
  assert.equal(events.filter((event) => event.type === "end").length, 2);
  assert.deepEqual(
    events.flatMap((event) => (event.type === "text" ? [event.text.slice(0, 7)] : [])),
    ["calling", "users=1", "users=2"],
  );
  assert.match(answerOf(fold(events)), /^users=2/);
});

test("claude 2.1.329: text as it is made adds up to the message", () => {
  const events = eventsOf(claude, recorded("claude-2.1.329/create.partial.stream.jsonl"));
  const made = events.flatMap((event) => (event.type === "text-delta" ? [event.text] : [])).join("");
  assert.equal(made, answerOf(fold(events)));
});

test("claude 2.1.329: the tokens of an answer, told twice, are those of the end", () => {
  const events = eventsOf(claude, recorded("claude-2.1.329/create.partial.stream.jsonl"));
  const told = events.filter((event) => event.type === "usage");
  assert.equal(new Set(told.map(({ answerId }) => answerId)).size, 1);
  assert.deepEqual(
    told.map(({ inputTokens, outputTokens }) => [inputTokens, outputTokens]),
    [
      [101, 1],
      [101, 20],
    ],
  );
  assert.equal(fold(events).end?.runUsage?.outputTokens, 20);
});

test("claude 2.1.329: a turn that failed at the API has no output to build on", () => {
  assert.equal(fold(eventsOf(claude, recorded("claude-2.1.329/api-429.json"))).hasOutput, false);
});

test("claude: the usage of the run is told apart from that of the conversation", () => {
  const { end } = fold(eventsOf(claude, recorded("claude-2.1.329/resume.json")));
  assert.deepEqual(end?.runUsage, {
    inputTokens: 102,
    outputTokens: 20,
    cacheReadTokens: 0,
    cacheWriteTokens: 0,
  });
  assert.equal(end?.counters?.["claude-opus-5-5"]?.inputTokens, 203);
});

const KINDS = [
  "system",
  "assistant",
  "user",
  "stream_event",
  "result",
  "thread.started",
  "turn.completed",
  "turn.failed",
  "item.started",
  "item.completed",
  "error",
  "event_msg",
  "user.message",
  "model.call_start",
  "assistant.message",
  "assistant.message_delta",
  "assistant.turn_retry",
  "assistant.idle",
  "tool.execution_start",
  "tool.execution_complete",
  "session.error",
  "session.warning",
  "session.usage_record",
  "session.compaction_complete",
  "abort",
];
const KEYS = [
  "type",
  "subtype",
  "session_id",
  "message",
  "content",
  "event",
  "delta",
  "content_block",
  "text",
  "item",
  "id",
  "usage",
  "error",
  "modelUsage",
  "permission_denials",
  "thread_id",
  "payload",
  "errors",
  "data",
  "agentId",
  "deltaContent",
  "toolCallId",
  "toolName",
  "success",
  "errorType",
  "sessionId",
  "exitCode",
  "inputTokens",
  "outputTokens",
  "__proto__",
];
const junk = fc.letrec((tie) => ({
  any: fc.oneof(
    { depthSize: "medium" },
    fc.constantFrom(null, undefined, true, 0, -1, Number.NaN, "", "init", "text", "success", ...KINDS),
    fc.string(),
    fc.array(tie("any"), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom(...KEYS), tie("any"), { maxKeys: 8 }),
  ),
}));

for (const agent of Object.values(agents)) {
  test(`${agent.name}: no value makes read throw, go silent, or claim what it is not`, () => {
    fc.assert(
      fc.property(junk.any, fc.constantFrom(...KINDS, "nonsense"), (value, kind) => {
        const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
        for (const candidate of [value, isObject ? { ...value, type: kind } : [value]]) {
          const events = agent.read(candidate);
          assert.ok(events.length > 0);
          agent.readTranscript?.(candidate);
          agent.readUsage?.(candidate);
          for (const place of agent.windows?.({}) ?? []) place.read(candidate);
          for (const event of events) {
            if (event.type === "session") assert.ok(event.sessionId !== "");
            if (event.type === "other") assert.equal(event.raw, candidate);
          }
          diagnose(agent, fold(events), undefined, "");
          const lines = new EventLines("t");
          for (const line of eventLinesOf(events.map((event) => lines.take(event)).join("")))
            assert.deepEqual(Object.keys(line), EVENT_KEYS[line.type]);
        }
      }),
      { numRuns: 2000 },
    );
  });

  test(`${agent.name}: what is no object, or of no known kind, is other`, () => {
    for (const value of [
      undefined,
      null,
      true,
      0,
      "result",
      [],
      [{ type: "result" }],
      {},
      { type: 1 },
      { type: "new.kind" },
    ]) {
      assert.deepEqual(agent.read(value), [{ type: "other", raw: value }]);
    }
  });
}

test("claude: counters began again with each process before 2.1.277", () => {
  const versions = [
    "1.9.300",
    "2.0.999",
    "2.1.3",
    "2.1.276",
    "2.1.277",
    "2.1.277-beta",
    "2.1.1000",
    "2.2.0",
    "10.0.0",
  ];
  const anew = versions.filter((version) => claude.countsAnew?.(version));
  assert.deepEqual(anew, ["1.9.300", "2.0.999", "2.1.3", "2.1.276"]);
});
