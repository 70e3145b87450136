import { amount, anything, flag, maybe, object, sessionId, text, typeOf } from "../../domain/shape.ts";
import type { TurnEvent } from "../../domain/turn/turn.ts";
import { withoutUndefined } from "../../domain/without-undefined.ts";
import { asDenials, readMessageLine, readPieceLine, warnOfDenials } from "../message-lines.ts";

const asInit = object({
  session_id: sessionId,
  model: maybe(text),
  qwen_code_version: maybe(text),
  cwd: maybe(text),
});
const asUsage = object({
  input_tokens: amount,
  output_tokens: amount,
  cache_read_input_tokens: maybe(amount),
});
const asResult = object({
  subtype: text,
  is_error: maybe(flag),
  result: maybe(text),
  structured_result: maybe(anything),
  error: maybe(object({ message: text })),
  session_id: maybe(sessionId),
  permission_denials: maybe(asDenials),
  usage: maybe(asUsage),
});

const API_ERROR = /^\[API Error: (?:(\d{3})\b)?/;

/** Returns the events of one value of the stream of `qwen -o stream-json`. */
export function readEvents(value: unknown): TurnEvent[] {
  switch (typeOf(value)) {
    case "system":
      return readInit(value as { subtype?: unknown });
    case "assistant":
      // qwen 0.24.4 reports a failure of the model first as a message of the assistant, then again in the result.
      return readMessageLine(value).filter((event) => event.type !== "text" || !API_ERROR.test(event.text));
    case "user":
      return readMessageLine(value);
    case "stream_event":
      return readPieceLine(value);
    case "result":
      return readResult(value);
    default:
      return [];
  }
}

function readInit(value: { subtype?: unknown }): TurnEvent[] {
  const data = value.subtype === "init" ? asInit(value) : undefined;
  if (data === undefined) return [];
  const { session_id: sessionId, model, qwen_code_version: agentVersion, cwd } = data;
  return [withoutUndefined({ type: "session" as const, sessionId, model, agentVersion, cwd })];
}

function readResult(value: unknown): TurnEvent[] {
  const result = asResult(value);
  if (result === undefined) return [];
  const isSuccess = result.subtype === "success";
  const isError = result.is_error === true || !isSuccess;
  const said = result.error?.message ?? result.result;
  const end = withoutUndefined({
    type: "end" as const,
    isError,
    text: said,
    sessionId: result.session_id,
    reason: isSuccess ? undefined : result.subtype,
    apiStatus: isError && said !== undefined ? statusIn(said) : undefined,
    structured: result.structured_result,
    counters: result.usage && { "": usageOf(result.usage) },
  });
  return [...warnOfDenials(result.permission_denials), end];
}

function usageOf(usage: NonNullable<ReturnType<typeof asUsage>>) {
  return {
    inputTokens: usage.input_tokens,
    outputTokens: usage.output_tokens,
    cacheReadTokens: usage.cache_read_input_tokens ?? 0,
    cacheWriteTokens: 0,
  };
}

/** Returns the HTTP status in qwen's words about a failure of the model: `[API Error: 401 Incorrect API key]`. */
function statusIn(words: string): number | undefined {
  const status = API_ERROR.exec(words)?.[1];
  return status === undefined ? undefined : Number(status);
}
