import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import fc from "fast-check";
import { diagnose } from "../../src/agents/diagnosis.ts";
import { agents } from "../../src/agents/index.ts";
import { eventsOfLine } from "../../src/app/turn/running/read-spool.ts";
import { GLANCE_BYTES } from "../../src/domain/agent/agent.ts";
import { type Folded, foldEvent, mattersToFold, startFold } from "../../src/domain/turn/fold.ts";
import type { TurnEvent } from "../../src/domain/turn/turn.ts";
import { anyJson, jsonWith } from "../support/fuzz/json.ts";
import { runs } from "../support/fuzz/runs.ts";

const text = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.constantFrom(
    "error: no",
    "Error: No conversation found with session ID: x",
    "Reconnecting... 1/5 (",
    "Reconnecting... ",
    "unexpected status 401 sk-abcdefgh",
    "\u001b[31m",
  ),
);
const said = fc.oneof(text, anyJson);
const block = jsonWith({
  type: fc.constantFrom("text", "tool_use", "tool_result", "thinking", "text_delta"),
  text: said,
  id: said,
  name: said,
  tool_use_id: said,
});
const message = jsonWith({
  role: said,
  content: fc.oneof(said, fc.array(block)),
  stop_reason: said,
  usage: anyJson,
});
const item = jsonWith({
  id: text,
  type: fc.constantFrom(
    "agent_message",
    "error",
    "reasoning",
    "command_execution",
    "mcp_tool_call",
    "UserMessage",
  ),
  text: said,
  message: said,
  status: said,
  content: fc.array(block),
});
/** Lines of streams and transcripts, nearly as the agents write them. */
const line = jsonWith({
  type: fc.constantFrom(
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
  ),
  subtype: fc.constantFrom("init", "api_retry", "success", "error_during_execution", "status"),
  session_id: said,
  thread_id: said,
  uuid: said,
  message: fc.oneof(message, said),
  event: jsonWith({ type: said, delta: block, content_block: block, message, usage: anyJson }),
  item,
  error: fc.oneof(said, jsonWith({ message: said })),
  payload: jsonWith({
    type: fc.constantFrom("item_completed", "task_complete"),
    item,
    last_agent_message: said,
  }),
  data: jsonWith({
    content: said,
    deltaContent: said,
    model: said,
    message: said,
    errorType: text,
    statusCode: fc.oneof(fc.constantFrom(401, 429, 500), anyJson),
    toolCallId: said,
    toolName: said,
    success: anyJson,
    error: jsonWith({ message: said, code: fc.constantFrom("denied", "failure") }),
    reason: said,
    aborted: anyJson,
    usage: jsonWith({ inputTokens: anyJson, outputTokens: anyJson }),
  }),
  sessionId: said,
  exitCode: fc.oneof(fc.constantFrom(0, 1), anyJson),
  usage: anyJson,
  modelUsage: anyJson,
  permission_denials: fc.array(jsonWith({ tool_name: said })),
  errors: fc.array(said),
  result: said,
  is_error: anyJson,
  api_error_status: fc.oneof(fc.constantFrom(401, 429, 500), anyJson),
});
/** What agents write most of. */
const frequent = fc.constantFrom(
  "stream_event",
  "user",
  "item.started",
  "item.completed",
  "assistant.message_delta",
  "assistant.reasoning_delta",
  "tool.execution_complete",
);
const exit = fc.option(
  fc.record({ code: fc.nat(255), signal: fc.constantFrom("SIGKILL", "SIGTERM") }, { requiredKeys: [] }),
  { nil: undefined },
);

for (const agent of Object.values(agents)) {
  test(`${agent.name}: no stream and no stderr make reading and diagnosing throw, or say what is no sentence`, () => {
    fc.assert(
      fc.property(fc.array(line, { maxLength: 5 }), exit, fc.array(text), (values, how, words) => {
        const lines: unknown[] = JSON.parse(JSON.stringify(values));
        const folded = startFold();
        for (const value of lines) for (const event of agent.read(value)) checkEvent(folded, event);
        const failure = diagnose(agent, folded, how, words.join("\n"));
        if (failure === undefined) {
          assert.equal(folded.end?.isError, false, "only an answer is no failure");
          return;
        }
        assert.match(failure.message, /[.!?…]$/);
        assert.ok(failure.message.length < 1_200, "bounded, whatever the agent said");
        assert.doesNotMatch(failure.message, /sk-abcdefgh/);
      }),
      runs(150),
    );
  });

  const { glance } = agent;
  test(`${agent.name}: a line brings nothing that its beginning does not announce`, {
    skip: glance === undefined && "it announces nothing",
  }, () => {
    let announced = 0;
    // The kinds come first, as the agents write them.
    const values = fc.tuple(line, fc.option(frequent, { nil: undefined }));
    const kindsFirst = values.map(([{ type, item, ...rest }, often]) => {
      const { type: kind, ...itsRest } = Object(item);
      return { type: often ?? type, item: item && { id: "item_1", type: kind, ...itsRest }, ...rest };
    });
    const cut = fc.option(fc.nat(200), { nil: undefined });
    fc.assert(
      fc.property(kindsFirst, cut, fc.constantFrom("", "\r", "\u2028", "}"), (value, length, end) => {
        const bytes = Buffer.from(JSON.stringify(value) + end).subarray(0, length);
        const types = glance?.(bytes.toString("latin1", 0, GLANCE_BYTES));
        if (types === undefined) return;
        announced += 1;
        for (const { type } of eventsOfLine(agent, bytes)) assert.ok(types.includes(type), type);
      }),
      runs(1_000),
    );
    assert.ok(announced > 10, `${announced} lines announced what they bring`);
    for (const text of recordedLines(agent.name)) {
      const types = glance?.(text.slice(0, GLANCE_BYTES));
      for (const { type } of types === undefined ? [] : eventsOfLine(agent, Buffer.from(text)))
        assert.ok(types?.includes(type), `${type} of ${text}`);
    }
  });

  test(`${agent.name}: no line of a transcript makes reading it throw`, () => {
    fc.assert(
      fc.property(fc.oneof(line, anyJson), (value) => {
        const event = agent.readTranscript?.(JSON.parse(JSON.stringify(value)));
        const used = agent.readUsage?.(JSON.parse(JSON.stringify(value)));
        if (used !== undefined) assert.ok(used.inputTokens >= 0 && used.outputTokens >= 0);
        if (event?.type === "prompt" || event?.type === "answer") assert.equal(typeof event.text, "string");
      }),
      runs(250),
    );
  });

  test(`${agent.name}: a failure with megabytes of words is told in a few, soon`, () => {
    const text = "words \n ".repeat(4_000_000);
    const folded = foldEvent(startFold(), { type: "end", isError: true, text });
    const startedMs = performance.now();
    const failure = diagnose(agent, folded, undefined, "");
    const endedMs = performance.now();
    assert.ok(failure !== undefined && failure.message.length < 1_200);
    assert.ok(text.replaceAll(/\s+/g, " ").length < text.length);
    const [tookMs, searchMs] = [endedMs - startedMs, performance.now() - endedMs];
    assert.ok(tookMs < searchMs, `it took ${tookMs} ms; to search all of it takes ${searchMs} ms`);
  });
}

test("what does not matter to the sum of a turn changes nothing", () => {
  const events = fc.array(line.map((value) => Object.values(agents).flatMap((agent) => agent.read(value))));
  fc.assert(
    fc.property(events, (groups) => {
      const [all, needed] = [startFold(), startFold()];
      for (const event of groups.flat()) {
        foldEvent(all, event);
        if (mattersToFold(needed, event.type)) foldEvent(needed, event);
      }
      assert.deepEqual(needed, all);
    }),
    runs(500),
  );
});

/** All that is kept in `test/fixtures` of what an agent wrote. */
function recordedLines(agent: string): string[] {
  const root = join(import.meta.dirname, "../fixtures");
  const files = readdirSync(root, { recursive: true, encoding: "utf8" });
  const own = files.filter((path) => path.startsWith(agent) && path.endsWith(".jsonl"));
  return own.flatMap((path) => readFileSync(join(root, path), "utf8").split("\n"));
}

function checkEvent(folded: Folded, event: TurnEvent): void {
  foldEvent(folded, event);
  if (event.type === "session") assert.ok(event.sessionId !== "");
  if (event.type === "text" || event.type === "text-delta") assert.equal(typeof event.text, "string");
  if (event.type === "usage") assert.ok(event.outputTokens >= 0);
}
