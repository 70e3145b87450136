import {
  amount,
  anything,
  literal,
  maybe,
  object,
  sessionId,
  table,
  text,
  typeOf,
} from "../../domain/shape.ts";
import { aboutTool } from "../../domain/turn/about-tool.ts";
import type { TurnEvent } from "../../domain/turn/turn.ts";
import { sumUsage, type Usage } from "../../domain/turn/usage.ts";
import { withoutUndefined } from "../../domain/without-undefined.ts";

const asInit = object({ session_id: sessionId, model: maybe(text) });
const asPiece = object({ role: literal("assistant"), content: text });
const asToolUse = object({ tool_name: text, tool_id: text, parameters: maybe(anything) });
const asToolResult = object({ tool_id: text, status: text });
const asError = object({ message: text, severity: maybe(text) });
const asTokens = object({
  input_tokens: amount,
  output_tokens: amount,
  cached: amount,
  total_tokens: amount,
});
const asStats = object({ models: table(asTokens) });
const asResult = object({
  status: text,
  error: maybe(object({ type: maybe(text), message: text })),
  stats: maybe(anything),
});

/** Returns the events of one value of the stream of `gemini --output-format=stream-json`. */
export function readEvents(value: unknown): TurnEvent[] {
  switch (typeOf(value)) {
    case "init": {
      const init = asInit(value);
      if (init === undefined) return [];
      return [withoutUndefined({ type: "session" as const, sessionId: init.session_id, model: init.model })];
    }
    case "message": {
      // gemini 0.61.0 sends answers in pieces and nothing that says where one ends.
      const piece = asPiece(value);
      return piece === undefined ? [] : [{ type: "text-delta", text: piece.content, isOnly: true }];
    }
    case "tool_use": {
      const use = asToolUse(value);
      if (use === undefined) return [];
      const { tool_id: id, tool_name: name, parameters: input } = use;
      const about = aboutTool(input);
      return [withoutUndefined({ type: "tool" as const, phase: "start" as const, id, name, about, input })];
    }
    case "tool_result": {
      const result = asToolResult(value);
      if (result === undefined) return [];
      const { tool_id: id, status } = result;
      return [{ type: "tool", phase: "end", id, name: "", failed: status !== "success" }];
    }
    case "error": {
      const error = asError(value);
      if (error === undefined) return [];
      // The result behind it has no words, or even claims success.
      if (error.severity === "error") return [{ type: "failure", text: error.message }];
      return [{ type: "warning", message: error.message }];
    }
    case "result":
      return readResult(value);
    default:
      return [];
  }
}

/** What the model's service says of itself in the words of its error. */
const STATUS = /"code":\s*(\d{3})\b/;

function readResult(value: unknown): TurnEvent[] {
  const result = asResult(value);
  if (result === undefined) return [];
  const usageSince = usageIn(result.stats);
  if (result.status === "success")
    return [withoutUndefined({ type: "end" as const, isError: false, usageSince })];
  const { type: reason, message: text } = result.error ?? {};
  const status = STATUS.exec(text ?? "")?.[1];
  const apiStatus = status === undefined ? undefined : Number(status);
  return [withoutUndefined({ type: "end" as const, isError: true, text, reason, apiStatus, usageSince })];
}

/**
 * Reads what this process has used, with the calls that choose a model or sum up. Thoughts are only part of the total
 * in gemini 0.61.0.
 */
function usageIn(stats: unknown): Usage | undefined {
  const rows = asStats(stats)?.models;
  if (rows === undefined) return undefined;
  return sumUsage(
    rows.map(([, { input_tokens, output_tokens, cached, total_tokens }]) => ({
      inputTokens: input_tokens,
      outputTokens: Math.max(output_tokens, total_tokens - input_tokens),
      cacheReadTokens: cached,
      cacheWriteTokens: 0,
    })),
  );
}
