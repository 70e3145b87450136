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
import { aboutTool } from "../../domain/turn/about-tool.ts";
import type { EventType, TurnEvent } from "../../domain/turn/turn.ts";
import type { Usage } from "../../domain/turn/usage.ts";
import { withoutUndefined } from "../../domain/without-undefined.ts";

const asSubAgents = object({ agentId: text });
const asModelCall = object({ data: object({ model: maybe(text) }) });
const asMessage = object({ data: object({ content: text, toolRequests: maybe(list(anything)) }) });
const asDelta = object({ data: object({ deltaContent: text }) });
const asToolStart = object({
  data: object({ toolCallId: text, toolName: text, arguments: maybe(anything) }),
});
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

/** Returns the events of one value of the stream of `copilot --output-format=json`. */
export function readEvents(value: unknown): TurnEvent[] {
  const type = typeOf(value);
  if (type === "result") return readResult(value);
  // The messages and tools of a sub-agent do not belong to the turn.
  if (isSubAgents(value)) return [];
  switch (type) {
    // copilot 1.0.102 has written the prompt to disk when it sends this event. The event does not contain the
    // conversation's id yet.
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
      if (data === undefined) return [];
      const { toolCallId: id, toolName: name, arguments: input } = data;
      const about = aboutTool(input);
      return [withoutUndefined({ type: "tool" as const, phase: "start" as const, id, name, about, input })];
    }
    case "tool.execution_complete":
      return readToolEnd(value);
    case "assistant.turn_retry": {
      // Copilot does not count its retries, so the attempt is 0.
      const data = asRetry(value)?.data;
      return data === undefined ? [] : [{ type: "retry", attempt: 0, reason: data.reason ?? "" }];
    }
    case "session.warning": {
      const data = asWarning(value)?.data;
      return data === undefined ? [] : [{ type: "warning", message: data.message }];
    }
    case "session.error":
      return readError(value);
    // copilot 1.0.102: the result of a turn that was ended by a signal has exit code 0, like that of a
    // success. One or more of these three events come before it.
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

/**
 * Returns the kinds of events that a line can contain, judged by its start. copilot 1.0.102 begins every line
 * with the type, and never writes a key twice.
 */
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

// copilot 1.0.102 continues after errors of these two kinds; after any other error it exits with code 1.
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

/** Returns what one line of `events.jsonl` says about the main conversation. */
export function readTranscriptLine(value: unknown): TranscriptEvent | undefined {
  if (isSubAgents(value)) return undefined;
  const said = asPrompt(value)?.data;
  if (said !== undefined) {
    // A message that a skill, another agent or the autopilot writes in the user's place names its source.
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
// copilot 1.0.102 writes no usage record for the model call that compacts a conversation, and does not count
// it either.
const asCompaction = object({
  type: literal("session.compaction_complete"),
  data: object({ compactionTokensUsed: asTokens }),
});
const asCall = either(asUsageRecord, asCompaction);

/**
 * Returns the usage of the model call that one line of `events.jsonl` reports. Calls of sub-agents count too.
 */
export function readCallUsage(value: unknown): Usage | undefined {
  const data = asCall(value)?.data;
  if (data === undefined) return undefined;
  return usageOf("usage" in data ? data.usage : data.compactionTokensUsed);
}

function usageOf(tokens: Read<typeof asTokens>): Usage {
  const { inputTokens, outputTokens, cacheReadTokens = 0, cacheWriteTokens = 0 } = tokens;
  return { inputTokens, outputTokens, cacheReadTokens, cacheWriteTokens };
}
