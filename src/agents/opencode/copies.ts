import type { CopyCommands } from "../../domain/agent/copies.ts";
import type { TranscriptEvent } from "../../domain/agent/transcript.ts";
import { parseJson } from "../../domain/parse-json.ts";
import { anything, flag, list, maybe, object, type Read, sessionId, text } from "../../domain/shape.ts";

const asPart = object({ type: text, text: maybe(text), synthetic: maybe(flag) });
const asMessage = object({
  info: object({ role: text, id: text, parentID: maybe(text), finish: maybe(text) }),
  parts: list(asPart),
});
const asCopy = object({ info: object({ id: sessionId }), messages: list(anything) });

/**
 * How opencode 1.18.33 keeps a conversation: in a SQLite database with all others. `export` prints it as JSON, and
 * `import` makes it again under the same id; what is there already is left as it is.
 */
export const copies: CopyCommands = {
  take: (id) => ["export", id],
  putBack: (path) => ["import", path],
  isBack: (output, id) => output.split("\n").some((line) => line.trim() === `Imported session: ${id}`),
  read: (copy, id) => {
    const found = asCopy(parseJson(copy));
    return found?.info.id === id ? found.messages.flatMap(eventsOf) : undefined;
  },
};

function eventsOf(value: unknown): TranscriptEvent[] {
  const message = asMessage(value);
  if (message === undefined) return [];
  const { role, id: messageId, parentID: parentId, finish } = message.info;
  const said = textOf(message);
  if (role === "user") return said === "" ? [] : [{ type: "prompt", text: said, messageId }];
  const isFinal = finish !== undefined && finish !== "tool-calls" && finish !== "unknown";
  const parent = parentId === undefined ? {} : { parentId };
  return [{ type: "answer", text: said, isFinal, messageId, ...parent }];
}

/** The words of a message; what opencode itself adds to a prompt, such as the content of a file, is synthetic. */
function textOf({ parts }: Read<typeof asMessage>): string {
  const texts = parts.filter((part) => part.type === "text" && part.synthetic !== true);
  return texts.map((part) => part.text ?? "").join("\n");
}
