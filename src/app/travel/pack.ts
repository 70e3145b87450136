import { createHash, type Hash } from "node:crypto";
import { AppError } from "../../domain/errors.ts";
import { TRAVEL, TRAVEL_VERSION, type TravelHeader, travelTurn } from "../../domain/travel/format.ts";
import { withoutUndefined } from "../../domain/without-undefined.ts";
import { readParts } from "../../system/lines/parts.ts";
import type { TravellingConversation } from "./contents.ts";

const PART_BYTES = 64 * 1024;
const NEWLINE = 0x0a;

/** Yields the lines of a file in which a conversation travels. */
export async function* pack(
  header: Omit<TravelHeader, "type" | "v">,
  conversations: readonly TravellingConversation[],
): AsyncGenerator<string> {
  const sum = createHash("sha256");
  let lines = 0;
  for await (const value of valuesOf(header, conversations)) {
    const line = `${JSON.stringify(value)}\n`;
    sum.update(line);
    lines += 1;
    yield line;
  }
  yield `${JSON.stringify({ type: "end", lines, sha256: sum.digest("hex") })}\n`;
}

async function* valuesOf(
  header: Omit<TravelHeader, "type" | "v">,
  conversations: readonly TravellingConversation[],
): AsyncGenerator<object> {
  yield { type: TRAVEL, v: TRAVEL_VERSION, ...header };
  for (const { sessionId, record } of conversations) {
    const {
      createdAt = header.exportedAt,
      began,
      parentId,
      copiedBytes,
      roleText,
      isRoleChanged,
    } = record ?? {};
    const known = { began, parentId, copiedBytes, roleText, isRoleChanged };
    yield { type: "conversation", sessionId, createdAt, ...withoutUndefined(known) };
  }
  for (const { sessionId, turns, files, inode } of conversations) {
    for (const turn of turns) {
      const { transcript } = turn;
      const at = transcript !== undefined && transcript.inode === inode ? transcript.bytes : undefined;
      yield { type: "turn", sessionId, turn: travelTurn(turn, at) };
    }
    for (const { what, path, source, bytes } of files) {
      yield withoutUndefined({ type: "file", sessionId, what, path, bytes });
      const sum = createHash("sha256");
      yield* contentOf(source, bytes, sum);
      yield { type: "sum", sha256: sum.digest("hex") };
    }
  }
}

/** Yields the content of a file: as text where it is UTF-8, so that people can read it. */
function* contentOf(path: string, bytes: number, sum: Hash): Generator<object> {
  let rest = Buffer.alloc(0);
  let read = 0;
  for (const part of readParts(path, bytes, PART_BYTES)) {
    sum.update(part);
    read += part.length;
    const all = rest.length === 0 ? part : Buffer.concat([rest, part]);
    const cut = all.length < PART_BYTES ? all.length : cutOf(all);
    yield dataOf(all.subarray(0, cut));
    rest = Buffer.from(all.subarray(cut));
  }
  if (rest.length > 0) yield dataOf(rest);
  if (read < bytes)
    throw new AppError("conversation_changed", `${path} became shorter while it was read.`, {
      hint: "Another program writes to it. Close the agent's window, then run the command again.",
    });
}

/** Returns where a piece ends: behind its last line, or else between two characters. */
function cutOf(bytes: Buffer): number {
  const newline = bytes.lastIndexOf(NEWLINE);
  if (newline !== -1) return newline + 1;
  let cut = bytes.length;
  while (cut > bytes.length - 4 && ((bytes[cut - 1] ?? 0) & 0xc0) === 0x80) cut -= 1;
  return ((bytes[cut - 1] ?? 0) & 0xc0) === 0xc0 ? cut - 1 : bytes.length;
}

function dataOf(bytes: Buffer): object {
  const text = bytes.toString("utf8");
  return Buffer.from(text).equals(bytes)
    ? { type: "data", text }
    : { type: "data", base64: bytes.toString("base64") };
}
