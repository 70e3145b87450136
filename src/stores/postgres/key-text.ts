import { createHash } from "node:crypto";

/** What an index takes is at most 2,704 bytes. */
const MOST = 1_000;

/**
 * Returns a text as it stands in columns that are looked up: as JSON, which escapes NUL and lone surrogates, and so that
 * different texts stay different. A long one is its digest.
 */
export function keyText(text: string): string {
  const json = JSON.stringify(text);
  return json.length <= MOST ? json : `sha256:${createHash("sha256").update(json).digest("hex")}`;
}
