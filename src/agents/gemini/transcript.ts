import type { TranscriptEvent } from "../../domain/agent/transcript.ts";
import { anything, either, list, maybe, object, oneOf, text } from "../../domain/shape.ts";

const asContent = either(text, list(object({ text: maybe(text), functionResponse: maybe(anything) })));
const asSaid = object({
  id: text,
  type: oneOf(["user", "gemini"]),
  content: asContent,
  displayContent: maybe(asContent),
});

/** Messages that gemini 0.61.0 writes in the user's place. */
const OWN = /^\s*<(?:session_context|hook_context)>/;

/** Returns what one line of a transcript says. */
export function readTranscriptLine(value: unknown): TranscriptEvent | undefined {
  const said = asSaid(value);
  if (said === undefined) return undefined;
  // gemini 0.61.0 puts the content of a file that the prompt mentions behind it; then the second is what was typed.
  const { type, content, displayContent = content } = said;
  const words =
    typeof displayContent === "string"
      ? displayContent
      : displayContent.map((part) => part.text ?? "").join("");
  if (type === "user") {
    // The results of tools are the user's, too.
    const isResult =
      typeof content !== "string" && content.some(({ functionResponse }) => functionResponse !== undefined);
    return isResult || OWN.test(words) ? undefined : { type: "prompt", text: words };
  }
  if (words === "") return undefined;
  // gemini 0.61.0 writes an answer before the tools that the same answer asks for: no line says that it is the last one.
  return { type: "answer", text: words, isFinal: false };
}

/** Whether a value is none of the messages of a conversation. */
export function isBookkeeping(value: unknown): boolean {
  return asSaid(value) === undefined;
}
