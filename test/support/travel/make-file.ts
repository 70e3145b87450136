import { createHash } from "node:crypto";
import { writeFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

/** A line of a file in which a conversation travels. */
export type Line = Record<string, unknown>;

export const SESSION_ID = "7ceb00a5-d164-40ab-9be7-cbca52f80ae2";

const sha256 = (bytes: string | Buffer) => createHash("sha256").update(bytes).digest("hex");

export const HEADER: Line = {
  type: "agent_sessions.travel",
  v: 1,
  by: "0.0.0",
  exportedAt: "2026-11-28T00:00:00.000Z",
  agent: "claude",
  name: "brought",
  sessionId: SESSION_ID,
};

export const CONVERSATION: Line = {
  type: "conversation",
  sessionId: SESSION_ID,
  createdAt: "2026-11-27T00:00:00.000Z",
  began: "new",
};

export const TURN: Line = {
  type: "turn",
  sessionId: SESSION_ID,
  turn: {
    turnId: "20261127-000000-0123abcd",
    outcome: "succeeded",
    continuity: "new",
    startedAt: "2026-11-27T00:00:00.000Z",
    at: "2026-11-27T00:00:01.000Z",
    prompt: "hello",
    text: "You said: hello",
  },
};

/** The lines of a file's content, with their sum. */
export function file(content: string, more: Line = {}): Line[] {
  return [
    { type: "file", sessionId: SESSION_ID, what: "transcript", bytes: Buffer.byteLength(content), ...more },
    { type: "data", text: content },
    { type: "sum", sha256: sha256(content) },
  ];
}

export const TRANSCRIPT = file(
  `${JSON.stringify({ type: "user", uuid: "u1", sessionId: SESSION_ID, message: { role: "user", content: "hello" } })}\n`,
);

export const WHOLE: readonly Line[] = [HEADER, CONVERSATION, TURN, ...TRANSCRIPT];

/** Returns the text of these lines with the end that they need. */
export function textOf(lines: readonly Line[]): string {
  const text = lines.map((line) => `${JSON.stringify(line)}\n`).join("");
  return `${text}${JSON.stringify({ type: "end", lines: lines.length, sha256: sha256(text) })}\n`;
}

/** Writes a file of these lines, with right sums. */
export function makeFile(path: string, lines: readonly Line[] = WHOLE): void {
  writeFileSync(path, gzipSync(textOf(lines)));
}
