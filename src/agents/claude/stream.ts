import {
  amount,
  anything,
  flag,
  list,
  literal,
  maybe,
  number,
  object,
  type Read,
  sessionId,
  table,
  text,
  typeOf,
} from "../../domain/shape.ts";
import type { EventType, TurnEnd, TurnEvent } from "../../domain/turn/turn.ts";
import { type Counters, sumUsage, type Usage } from "../../domain/turn/usage.ts";
import { withoutUndefined } from "../../domain/without-undefined.ts";
import {
  asDenials,
  glanceAtMessage,
  readMessageLine,
  readPieceLine,
  warnOfDenials,
} from "../message-lines.ts";

const asInit = object({
  session_id: sessionId,
  model: maybe(text),
  claude_code_version: maybe(text),
  capabilities: maybe(list(anything)),
  cwd: maybe(text),
});
const asRetry = object({
  attempt: number,
  max_retries: maybe(number),
  retry_delay_ms: maybe(number),
  error_status: maybe(number),
  error: maybe(text),
});
const asCompaction = object({ compact_error: text });
const asFailure = object({ is_api_error_message: maybe(flag), error: maybe(text) });
const asAnswerUsage = object({ input_tokens: maybe(amount), output_tokens: amount });
const asAnswerStart = object({
  parent_tool_use_id: maybe(text),
  event: object({
    type: literal("message_start"),
    message: object({ id: maybe(text), usage: asAnswerUsage }),
  }),
});
const asAnswerProgress = object({
  parent_tool_use_id: maybe(text),
  api_message_id: maybe(text),
  event: object({ type: literal("message_delta"), usage: asAnswerUsage }),
});
const asModelUsage = object({
  inputTokens: amount,
  outputTokens: amount,
  cacheReadInputTokens: maybe(amount),
  cacheCreationInputTokens: maybe(amount),
  costUSD: maybe(amount),
});
export const asModelUsages = table(asModelUsage);
const asRunUsage = object({
  input_tokens: amount,
  output_tokens: amount,
  cache_read_input_tokens: maybe(amount),
  cache_creation_input_tokens: maybe(amount),
});
const asResult = object({
  subtype: text,
  is_error: maybe(flag),
  result: maybe(text),
  structured_output: maybe(anything),
  errors: maybe(list(text)),
  session_id: maybe(sessionId),
  terminal_reason: maybe(text),
  api_error_status: maybe(number),
  local_command: maybe(text),
  permission_denials: maybe(asDenials),
  modelUsage: maybe(asModelUsages),
  usage: maybe(asRunUsage),
  model_usage_since_last_result: maybe(asModelUsages),
});

/** Returns the events of one value of the stream of `claude -p --output-format stream-json`. */
export function readEvents(value: unknown): TurnEvent[] {
  switch (typeOf(value)) {
    case "system":
      return readSystem(value as { subtype?: unknown });
    case "assistant":
    case "user":
      return readMessage(value);
    case "stream_event":
      return readPiece(value);
    case "result":
      return readResult(value);
    default:
      return [];
  }
}

/** claude 2.1.329 prints these lines if its prompt has an id. */
export const ASIDES = ['{"type":"command_lifecycle",'];

/**
 * Returns the kinds of events that a line can contain, judged by its start. claude 2.1.329 begins every line
 * but the last with the type, and never writes a key twice.
 */
export function glanceAt(start: string): readonly EventType[] | undefined {
  return ASIDES.some((beginning) => start.startsWith(beginning)) ? [] : glanceAtMessage(start);
}

/**
 * Reads a partial event of an answer that the model is writing. An event with a parent belongs to a sub-agent
 * and is ignored.
 */
function readPiece(value: unknown): TurnEvent[] {
  const begun = asAnswerStart(value);
  if (begun !== undefined) {
    const { id, usage } = begun.event.message;
    return begun.parent_tool_use_id === undefined ? [usageOfAnswer(id, usage)] : [];
  }
  const told = asAnswerProgress(value);
  if (told !== undefined) {
    const { api_message_id: id, event } = told;
    return told.parent_tool_use_id === undefined ? [usageOfAnswer(id, event.usage)] : [];
  }
  return readPieceLine(value);
}

// The lines of the role "assistant" have a usage too, but claude 2.1.329 copies it from the start of the
// answer: one output token, however long the answer is.
function usageOfAnswer(answerId: string | undefined, usage: Read<typeof asAnswerUsage>): TurnEvent {
  const { input_tokens: inputTokens, output_tokens: outputTokens } = usage;
  return withoutUndefined({ type: "usage" as const, answerId, inputTokens, outputTokens });
}

function readSystem(value: { subtype?: unknown }): TurnEvent[] {
  if (value.subtype === "init") {
    const data = asInit(value);
    if (data === undefined) return [];
    const { session_id: sessionId, model, claude_code_version: agentVersion, cwd } = data;
    // claude 2.1.329; 2.1.197 lists none, and silently runs nothing if its stdin is a file with a message.
    const takesPromptIds: true | undefined = data.capabilities?.includes("msg_lifecycle_v1")
      ? true
      : undefined;
    return [
      withoutUndefined({ type: "session" as const, sessionId, model, agentVersion, takesPromptIds, cwd }),
    ];
  }
  if (value.subtype === "api_retry") {
    const data = asRetry(value);
    if (data === undefined) return [];
    const reason = [data.error_status, data.error].filter((part) => part !== undefined).join(" ");
    const { attempt, max_retries: of, retry_delay_ms: delayMs } = data;
    return [withoutUndefined({ type: "retry" as const, attempt, of, reason, delayMs })];
  }
  if (value.subtype === "thinking_tokens") return [{ type: "thinking" }];
  if (value.subtype === "status") {
    const data = asCompaction(value);
    return data === undefined ? [] : [{ type: "warning", message: data.compact_error }];
  }
  return [];
}

function readMessage(value: unknown): TurnEvent[] {
  const failure = asFailure(value);
  // claude reports an API error first as a message of the assistant, then again in the result.
  if (failure?.is_api_error_message === true || failure?.error !== undefined) return [];
  return readMessageLine(value);
}

function readResult(value: unknown): TurnEvent[] {
  const result = asResult(value);
  if (result === undefined) return [];
  return [...warnOfDenials(result.permission_denials), { type: "end", ...endOf(result) }];
}

function endOf(result: Read<typeof asResult>): TurnEnd {
  const isSuccess = result.subtype === "success";
  // claude 2.1.329 reports a failed /compact only in the result text: is_error is false and the exit code is
  // 0.
  const hasFailedToCompact =
    result.local_command === "compact" && result.result?.startsWith("Error during compaction") === true;
  // claude 2.1.329 says `subtype: "success"` with `is_error: true` for every failure of the API.
  const isError = result.is_error === true || !isSuccess || hasFailedToCompact;
  // claude 2.1.329 describes an interruption as "[ede_diagnostic] …", which means nothing to a user.
  const errors = result.errors?.filter((error) => !error.startsWith("[ede_diagnostic]")) ?? [];
  const models = result.modelUsage ?? [];
  // A resume that found no conversation reports no usage at all. If zero counters were stored for it, the
  // whole conversation would be charged to the next turn.
  const hasCounters = result.modelUsage !== undefined && (models.length > 0 || isSuccess);
  return withoutUndefined({
    isError,
    text: result.result ?? (errors.length > 0 ? errors.join("\n") : undefined),
    sessionId: result.session_id,
    reason: isSuccess ? (isError ? result.terminal_reason : undefined) : result.subtype,
    apiStatus: result.api_error_status,
    structured: result.structured_output,
    counters: hasCounters ? countersOf(models) : undefined,
    runUsage: result.usage === undefined ? undefined : usageOfRun(result.usage),
    usageSince: usageSince(result),
  });
}

export function countersOf(models: Read<typeof asModelUsages>): Counters {
  return Object.fromEntries(models.map(([model, usage]) => [model, usageOfModel(usage)]));
}

/**
 * claude 2.1.329 also reports the usage of this turn alone, of an interrupted one too. Others that use the
 * conversation can't change it.
 */
function usageSince({
  subtype,
  model_usage_since_last_result: models,
}: Read<typeof asResult>): Usage | undefined {
  if (models === undefined || (models.length === 0 && subtype !== "success")) return undefined;
  return sumUsage(models.map(([, usage]) => usageOfModel(usage)));
}

function usageOfModel(usage: Read<typeof asModelUsage>): Usage {
  return withoutUndefined({
    inputTokens: usage.inputTokens,
    outputTokens: usage.outputTokens,
    cacheReadTokens: usage.cacheReadInputTokens ?? 0,
    cacheWriteTokens: usage.cacheCreationInputTokens ?? 0,
    costUsd: usage.costUSD,
  });
}

function usageOfRun(usage: Read<typeof asRunUsage>): Usage {
  return {
    inputTokens: usage.input_tokens,
    outputTokens: usage.output_tokens,
    cacheReadTokens: usage.cache_read_input_tokens ?? 0,
    cacheWriteTokens: usage.cache_creation_input_tokens ?? 0,
  };
}
