import { createHash, randomBytes, timingSafeEqual } from "node:crypto";

const BYTES = 32;

/** Returns what only the page of this server knows, in 43 characters that may stand in an address. */
export function newToken(): string {
  return randomBytes(BYTES).toString("base64url");
}

/** Returns whether a text is the token. How long that takes says nothing about it. */
export function tokenCheck(token: string): (text: string) => boolean {
  const known = hashOf(token);
  return (text) => timingSafeEqual(hashOf(text), known);
}

function hashOf(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
