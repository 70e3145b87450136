import type { ConversationOrigin } from "../../domain/agent/places.ts";
import type { TranscriptEvent } from "../../domain/agent/transcript.ts";
import { amount, anything, either, flag, list, literal, maybe, object, text } from "../../domain/shape.ts";
import type { CacheLifetime, ModelCall } from "../../domain/turn/prompt-cache.ts";
import type { Counters } from "../../domain/turn/usage.ts";
import { withoutUndefined } from "../../domain/without-undefined.ts";
import { readLink } from "../linked-lines.ts";
import { textOf } from "../message-lines.ts";
import { asModelUsages, countersOf } from "./stream.ts";

const asUserLine = object({
  type: literal("user"),
  uuid: maybe(text),
  parentUuid: maybe(text),
  isMeta: maybe(flag),
  isSidechain: maybe(flag),
  isCompactSummary: maybe(flag),
  message: object({ role: literal("user"), content: either(text, list(anything)) }),
});
const asAssistantLine = object({
  type: literal("assistant"),
  uuid: maybe(text),
  parentUuid: maybe(text),
  isSidechain: maybe(flag),
  isApiErrorMessage: maybe(flag),
  message: object({ content: list(anything), stop_reason: maybe(text), model: maybe(text) }),
});

// Lines of the role "user" that claude 2.1.329 writes itself: slash commands and their output, notifications
// of background tasks, interruptions.
const NOT_BY_THE_USER = /^(?:<command-|<local-command-|<task-notification>|\[Request interrupted by user)/;

/** Returns what one line of a Claude Code transcript says about the main conversation. */
export function readTranscriptLine(value: unknown): TranscriptEvent | undefined {
  return readPrompt(value) ?? readAnswer(value) ?? readLink(value);
}

function readPrompt(value: unknown): TranscriptEvent | undefined {
  const line = asUserLine(value);
  if (line === undefined || line.isMeta || line.isSidechain || line.isCompactSummary) return undefined;
  const { content } = line.message;
  const said = commandIn(typeof content === "string" ? content : textOf(content));
  if (said === "" || NOT_BY_THE_USER.test(said)) return undefined;
  const { uuid: messageId, parentUuid: parentId } = line;
  return withoutUndefined({ type: "prompt" as const, text: said, messageId, parentId });
}

// claude 2.1.329 splits a slash command: it writes `/audit src` as three elements.
const COMMAND =
  /<command-name>(\/[^<]*)<\/command-name>(?:[\s\S]*?<command-args>([\s\S]*?)<\/command-args>)?/;

/** Returns the command as it was typed if the line holds a slash command, else the line itself. */
function commandIn(said: string): string {
  const [, name, args = ""] = said.startsWith("<command-") ? (COMMAND.exec(said) ?? []) : [];
  return name === undefined ? said : `${name} ${args}`.trim();
}

function readAnswer(value: unknown): TranscriptEvent | undefined {
  const line = asAssistantLine(value);
  if (line === undefined || line.isSidechain || line.isApiErrorMessage) return undefined;
  const { content, stop_reason: reason, model } = line.message;
  // After an interruption, claude 2.1.329 inserts the answer "No response requested." when the conversation
  // continues.
  const isFinal = reason !== undefined && reason !== "tool_use" && model !== "<synthetic>";
  const { uuid: messageId, parentUuid: parentId } = line;
  return withoutUndefined({ type: "answer" as const, text: textOf(content), isFinal, messageId, parentId });
}

const asPlaced = object({ cwd: text, isSidechain: maybe(flag) });

/**
 * Most lines name the folder that they were written in. The first of them names the folder where the
 * conversation began.
 */
export function readTranscriptOrigin(value: unknown): ConversationOrigin | undefined {
  const line = asPlaced(value);
  return line === undefined ? undefined : { cwd: line.cwd, isSideWork: line.isSidechain === true };
}

const asCostState = object({ type: literal("cost-state"), modelUsage: asModelUsages });

// claude 2.1.329 writes its running totals at the end of each run. The next run continues from the newest
// ones.
export function readTranscriptCounters(value: unknown): Counters | undefined {
  const line = asCostState(value);
  return line === undefined ? undefined : countersOf(line.modelUsage);
}

const asCall = object({
  type: literal("assistant"),
  timestamp: text,
  isSidechain: maybe(flag),
  isApiErrorMessage: maybe(flag),
  message: object({
    model: maybe(text),
    usage: object({
      input_tokens: amount,
      output_tokens: amount,
      cache_read_input_tokens: maybe(amount),
      cache_creation_input_tokens: maybe(amount),
      cache_creation: maybe(
        object({ ephemeral_5m_input_tokens: maybe(amount), ephemeral_1h_input_tokens: maybe(amount) }),
      ),
    }),
  }),
});

const MINUTE_MS = 60_000;

/** Five minutes, or an hour for those who have asked for it, as subscribers do; each use counts from the beginning. */
export const CACHE_LIFETIME: CacheLifetime = { leastMs: 5 * MINUTE_MS, mostMs: 60 * MINUTE_MS };

/** Returns the call of the model that an answer comes from. */
export function readTranscriptCall(value: unknown): ModelCall | undefined {
  const line = asCall(value);
  if (line === undefined || line.isSidechain || line.isApiErrorMessage) return undefined;
  const { model, usage } = line.message;
  // claude 2.1.329 writes some answers itself, such as that to an interruption.
  if (model === "<synthetic>") return undefined;
  const { cache_read_input_tokens: read = 0, cache_creation_input_tokens: written = 0 } = usage;
  const { ephemeral_5m_input_tokens: short = 0, ephemeral_1h_input_tokens: long = 0 } =
    usage.cache_creation ?? {};
  const kept = long > 0 ? CACHE_LIFETIME.mostMs : short > 0 ? CACHE_LIFETIME.leastMs : undefined;
  return withoutUndefined({
    at: line.timestamp,
    model,
    tokens: usage.input_tokens + read + written + usage.output_tokens,
    cachedTokens: read + written,
    cacheLifetime: kept === undefined ? undefined : { leastMs: kept, mostMs: kept },
  });
}
