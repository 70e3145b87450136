import type { TranscriptEvent } from "../domain/agent/transcript.ts";
import { parseJson } from "../domain/parse-json.ts";
import { maybe, object, text } from "../domain/shape.ts";
import { withoutUndefined } from "../domain/without-undefined.ts";

// Lines of a transcript that form a tree by `uuid` and `parentUuid`, and each name their conversation.

const asLink = object({ uuid: text, parentUuid: maybe(text) });

export function readLink(value: unknown): TranscriptEvent | undefined {
  const line = asLink(value);
  if (line === undefined) return undefined;
  return withoutUndefined({ type: "link" as const, messageId: line.uuid, parentId: line.parentUuid });
}

/** As an agent's `copyLine`, for an agent whose lines are what JSON.stringify makes, so that parsing loses nothing. */
export function copyNamedLine(line: string, sessionId: string): string {
  const value = parseJson(line);
  const isNamed = typeof value === "object" && value !== null && "sessionId" in value;
  return isNamed ? JSON.stringify({ ...value, sessionId }) : line;
}
