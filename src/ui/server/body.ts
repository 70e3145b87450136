import type { IncomingMessage } from "node:http";
import { parseJson } from "../../domain/parse-json.ts";
import type { Refusal } from "./guard.ts";

/** More than any agent takes as a prompt. */
export const MOST_BYTES = 4_000_000;

/** Reads the object that a request carries. */
export async function readBody(
  request: IncomingMessage,
): Promise<{ args: Record<string, unknown> } | Refusal> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  for await (const piece of request as AsyncIterable<Buffer>) {
    bytes += piece.length;
    if (bytes > MOST_BYTES)
      return { status: 413, message: `A request has at most ${MOST_BYTES} bytes; this one has more.` };
    pieces.push(piece);
  }
  const value = parseJson(Buffer.concat(pieces).toString("utf8"));
  if (typeof value === "object" && value !== null && !Array.isArray(value))
    return { args: value as Record<string, unknown> };
  return { status: 400, message: "The request is no JSON object." };
}
