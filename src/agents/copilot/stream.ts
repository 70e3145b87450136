import type { TranscriptEvent } from "../../domain/agent/transcript.ts";
import {
  amount,
  anything,
  either,
  flag,
  list,
  literal,
  maybe,
  number,
  object,
  type Read,
  sessionId,
  text,
  typeOf,
} from "../../domain/shape.ts";
import type { EventType, TurnEvent } from "../../domain/turn/turn.ts";
import type { Usage } from "../../domain/turn/usage.ts";
import { withoutUndefined } from "../../domain/without-undefined.ts";

const asSubAgents = object({ agentId: text });
const asModelCall = object({ data: object({ model: maybe(text) }) });
const asMessage = object({ data: object({ content: text, toolRequests: maybe(list(anything)) }) });
const asDelta = object({ data: object({ deltaContent: text }) });
const asToolStart = object({ data: object({ toolCallId: text, toolName: text }) });
const asToolEnd = object({
  data: object({
    toolCallId: text,
    success: flag,
    error: maybe(object({ message: text, code: maybe(text) })),
  }),
});
const asRetry = object({ data: object({ reason: maybe(text) }) });
const asWarning = object({ data: object({ message: text }) });
const asError = object({ data: object({ errorType: text, message: text, statusCode: maybe(number) }) });
const asAbort = object({ data: object({ reason: maybe(text) }) });
const asIdle = object({ data: object({ aborted: maybe(flag) }) });
const asResult = object({ sessionId, exitCode: number });

/** Events for one value of the stream of `copilot --output-format=json`. */
export function readEvents(value: unknown): TurnEvent[] {
  const events = readKnown(value);
  return events.length > 0 ? events : [{ type: "other", raw: value }];
}

function readKnown(value: unknown): TurnEvent[] {
  const type = typeOf(value);
  if (type === "result") return readResult(value);
  // What a sub-agent says and does is not the turn's own.
  if (isSubAgents(value)) return [];
  switch (type) {
    // copilot 1.0.102 has the prompt on disk when it says this. Of the conversation's id it says nothing yet.
    case "user.message":
      return [{ type: "session" }];
    case "model.call_start":
      return [withoutUndefined({ type: "session" as const, model: asModelCall(value)?.data.model })];
    case "assistant.reasoning_delta":
      return [{ type: "thinking" }];
    case "assistant.message_delta": {
      const data = asDelta(value)?.data;
      return data === undefined ? [] : [{ type: "text-delta", text: data.deltaContent }];
    }
    case "assistant.message": {
      const content = asMessage(value)?.data.content ?? "";
      return content === "" ? [] : [{ type: "text", text: content }];
    }
    case "tool.execution_start": {
      const data = asToolStart(value)?.data;
      return data === undefined
        ? []
        : [{ type: "tool", phase: "start", id: data.toolCallId, name: data.toolName }];
    }
    case "tool.execution_complete":
      return readToolEnd(value);
    case "assistant.turn_retry": {
      // It counts nothing, so the attempt is 0.
      const data = asRetry(value)?.data;
      return data === undefined ? [] : [{ type: "retry", attempt: 0, reason: data.reason ?? "" }];
    }
    case "session.warning": {
      const data = asWarning(value)?.data;
      return data === undefined ? [] : [{ type: "warning", message: data.message }];
    }
    case "session.error":
      return readError(value);
    // copilot 1.0.102: the result of a turn that a signal has ended has exit code 0, as that of a success. Before
    // it comes one of these, or all of them.
    case "abort":
      return [withoutUndefined({ type: "failure" as const, reason: asAbort(value)?.data.reason })];
    case "agent.interrupted":
      return [{ type: "failure" }];
    case "assistant.idle":
      return asIdle(value)?.data.aborted === true ? [{ type: "failure" }] : [];
    default:
      return [];
  }
}

// Only the frequent and the long kinds; all others are parsed.
const BROUGHT_BY: Readonly<Record<string, readonly EventType[]>> = {
  "assistant.message_delta": ["text-delta", "other"],
  "assistant.reasoning_delta": ["thinking", "other"],
  "tool.execution_complete": ["tool", "warning", "other"],
};

/** What a line may bring. copilot 1.0.102 begins them all with the type, and writes no key twice. */
export function glanceAt(start: string): readonly EventType[] | undefined {
  const type = /^\{"type":"([a-z._]+)",/.exec(start)?.[1] ?? "";
  return Object.hasOwn(BROUGHT_BY, type) ? BROUGHT_BY[type] : undefined;
}

function isSubAgents(value: unknown): boolean {
  return (asSubAgents(value)?.agentId ?? "") !== "";
}

function readToolEnd(value: unknown): TurnEvent[] {
  const data = asToolEnd(value)?.data;
  if (data === undefined) return [];
  const { toolCallId: id, success, error } = data;
  const end: TurnEvent = { type: "tool", phase: "end", id, name: "", failed: !success };
  return error?.code === "denied" ? [{ type: "warning", message: error.message }, end] : [end];
}

// copilot 1.0.102 goes on after errors of these two kinds; after any other it exits with 1.
const PASSING_ERRORS = ["model_call", "hook"];

function readError(value: unknown): TurnEvent[] {
  const data = asError(value)?.data;
  if (data === undefined) return [];
  const { errorType, message, statusCode: apiStatus } = data;
  if (PASSING_ERRORS.includes(errorType)) return [{ type: "warning", message }];
  return [withoutUndefined({ type: "failure" as const, text: message, apiStatus })];
}

function readResult(value: unknown): TurnEvent[] {
  const data = asResult(value);
  return data === undefined ? [] : [{ type: "end", isError: data.exitCode !== 0, sessionId: data.sessionId }];
}

const asPrompt = object({
  type: literal("user.message"),
  data: object({ content: text, source: maybe(text), isAutopilotContinuation: maybe(flag) }),
});

/** What one line of `events.jsonl` tells of the main conversation. */
export function readTranscriptLine(value: unknown): TranscriptEvent | undefined {
  if (isSubAgents(value)) return undefined;
  const said = asPrompt(value)?.data;
  if (said !== undefined) {
    // What skills, other agents and the autopilot say in the user's place carries its source.
    const isTyped = said.source === undefined || said.source === "user";
    return isTyped && said.isAutopilotContinuation !== true
      ? { type: "prompt", text: said.content }
      : undefined;
  }
  if (typeOf(value) !== "assistant.message") return undefined;
  const answer = asMessage(value)?.data;
  if (answer === undefined) return undefined;
  const { content, toolRequests = [] } = answer;
  return { type: "answer", text: content, isFinal: toolRequests.length === 0 };
}

const asTokens = object({
  inputTokens: amount,
  outputTokens: amount,
  cacheReadTokens: maybe(amount),
  cacheWriteTokens: maybe(amount),
});
const asUsageRecord = object({
  type: literal("session.usage_record"),
  data: object({ usage: asTokens }),
});
// copilot 1.0.102 writes no record for the call that sums up a conversation, and does not count it either.
const asCompaction = object({
  type: literal("session.compaction_complete"),
  data: object({ compactionTokensUsed: asTokens }),
});
const asCall = either(asUsageRecord, asCompaction);

/** What one line of `events.jsonl` says that a call of the model has used; those of sub-agents count too. */
export function readCallUsage(value: unknown): Usage | undefined {
  const data = asCall(value)?.data;
  if (data === undefined) return undefined;
  return usageOf("usage" in data ? data.usage : data.compactionTokensUsed);
}

function usageOf(tokens: Read<typeof asTokens>): Usage {
  const { inputTokens, outputTokens, cacheReadTokens = 0, cacheWriteTokens = 0 } = tokens;
  return { inputTokens, outputTokens, cacheReadTokens, cacheWriteTokens };
}
