import type { TranscriptEvent } from "../../domain/agent/transcript.ts";
import { amount, anything, list, literal, maybe, object, text } from "../../domain/shape.ts";
import type { Usage } from "../../domain/turn/usage.ts";

const asPiece = object({ type: literal("text"), text });
const asPrompt = object({
  type: literal("turn.prompt"),
  input: list(anything),
  origin: object({ kind: literal("user") }),
});
const asMessage = object({
  type: literal("agent.message.appended"),
  message: object({
    message: object({
      role: literal("assistant"),
      content: list(anything),
      toolCalls: maybe(list(anything)),
    }),
  }),
});
const asUsage = object({
  type: literal("usage.record"),
  usage: object({
    inputOther: amount,
    output: amount,
    inputCacheRead: maybe(amount),
    inputCacheCreation: maybe(amount),
  }),
});

/** Returns what one line of `wire.jsonl` says in the conversation, as kimi 2.1.0 writes it. */
export function readTranscriptLine(value: unknown): TranscriptEvent | undefined {
  const prompt = asPrompt(value);
  if (prompt !== undefined) return { type: "prompt", text: textIn(prompt.input) };
  const answer = asMessage(value)?.message.message;
  if (answer === undefined) return undefined;
  const { content, toolCalls = [] } = answer;
  return { type: "answer", text: textIn(content), isFinal: toolCalls.length === 0 };
}

/** Returns the usage of one call of the model. Those of sub-agents are in transcripts of their own. */
export function readStepUsage(value: unknown): Usage | undefined {
  const usage = asUsage(value)?.usage;
  if (usage === undefined) return undefined;
  const { inputOther: inputTokens, output: outputTokens } = usage;
  const { inputCacheRead: cacheReadTokens = 0, inputCacheCreation: cacheWriteTokens = 0 } = usage;
  return { inputTokens, outputTokens, cacheReadTokens, cacheWriteTokens };
}

function textIn(pieces: readonly unknown[]): string {
  return pieces.map((piece) => asPiece(piece)?.text ?? "").join("");
}
