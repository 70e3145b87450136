import type { ConversationOrigin } from "../../domain/agent/places.ts";
import type { TranscriptEvent } from "../../domain/agent/transcript.ts";
import { amount, anything, flag, list, literal, maybe, object, text } from "../../domain/shape.ts";
import type { Usage } from "../../domain/turn/usage.ts";
import { withoutUndefined } from "../../domain/without-undefined.ts";
import { readLink } from "../linked-lines.ts";

const asMessage = object({
  parts: list(object({ text: maybe(text), thought: maybe(flag), functionCall: maybe(anything) })),
});
const asUserLine = object({
  type: literal("user"),
  uuid: maybe(text),
  parentUuid: maybe(text),
  provenance: maybe(text),
  message: asMessage,
});
const asAssistantLine = object({
  type: literal("assistant"),
  uuid: maybe(text),
  parentUuid: maybe(text),
  message: asMessage,
});

/** Returns what one line of a qwen transcript says. The transcripts of its sub-agents are other files. */
export function readTranscriptLine(value: unknown): TranscriptEvent | undefined {
  return readPrompt(value) ?? readAnswer(value) ?? readLink(value);
}

function readPrompt(value: unknown): TranscriptEvent | undefined {
  const line = asUserLine(value);
  // Notifications, scheduled prompts and those of a goal are lines of the user, too.
  if (line === undefined || (line.provenance ?? "real_user") !== "real_user") return undefined;
  // qwen 0.24.4 adds two line breaks to a prompt from standard input, and the files that it names as further parts.
  const said = (line.message.parts[0]?.text ?? "").replace(/\n\n$/, "");
  if (said === "") return undefined;
  const { uuid: messageId, parentUuid: parentId } = line;
  return withoutUndefined({ type: "prompt" as const, text: said, messageId, parentId });
}

// qwen 0.24.4 writes an answer once it is complete. What an interrupted answer leaves is at most a call of a tool.
function readAnswer(value: unknown): TranscriptEvent | undefined {
  const line = asAssistantLine(value);
  if (line === undefined) return undefined;
  const { parts } = line.message;
  const said = parts.map((part) => (part.thought === true ? "" : (part.text ?? ""))).join("");
  const isFinal = said !== "" && parts.every((part) => part.functionCall === undefined);
  const { uuid: messageId, parentUuid: parentId } = line;
  return withoutUndefined({ type: "answer" as const, text: said, isFinal, messageId, parentId });
}

const asPlaced = object({ cwd: text, subtype: maybe(text) });

/** Every line names the folder of the conversation. One that another conversation has begun says so in its first line. */
export function readOrigin(value: unknown): ConversationOrigin | undefined {
  const line = asPlaced(value);
  return line === undefined ? undefined : { cwd: line.cwd, isSideWork: line.subtype === "parent_session" };
}

const asCall = object({
  subtype: literal("ui_telemetry"),
  forkedFrom: maybe(anything),
  systemPayload: object({
    uiEvent: object({
      "event.name": literal("qwen-code.api_response"),
      input_token_count: amount,
      output_token_count: amount,
      cached_content_token_count: maybe(amount),
    }),
  }),
});

/** Returns the usage of the model call that a line reports, by qwen itself or one of its sub-agents. */
export function readCallUsage(value: unknown): Usage | undefined {
  const line = asCall(value);
  // A fork begins with the lines of its parent, each with a mark.
  if (line === undefined || line.forkedFrom !== undefined) return undefined;
  const { uiEvent: call } = line.systemPayload;
  return {
    inputTokens: call.input_token_count,
    outputTokens: call.output_token_count,
    cacheReadTokens: call.cached_content_token_count ?? 0,
    cacheWriteTokens: 0,
  };
}
