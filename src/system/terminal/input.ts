import { readSync } from "node:fs";
import { waitAMoment } from "./output.ts";

/*
 * Both functions read the descriptor directly: creating a stream costs as much as everything else that a hook
 * does, and a fifth of what a turn does before its agent starts.
 */

/**
 * Reads standard input to its end. Blocks the thread meanwhile, so no signal handler runs: call it before any
 * handler is installed.
 *
 * @throws the errors of read(2), such as EISDIR.
 */
export async function readStandardInput(): Promise<string> {
  const chunks: Buffer[] = [];
  while (true) {
    const chunk = readChunk();
    if (chunk === "ended") break;
    if (chunk !== "empty") chunks.push(chunk);
    else {
      // Another process that shares the descriptor made it non-blocking: only a stream can wait for more.
      for await (const rest of process.stdin) chunks.push(rest as Buffer);
      break;
    }
  }
  return Buffer.concat(chunks).toString("utf8");
}

/** Reads standard input until it ends, can't be read, or has nothing to read when `timeoutMs` are over. */
export function readAll(timeoutMs: number): string {
  const chunks: Buffer[] = [];
  const untilMs = performance.now() + timeoutMs;
  try {
    for (let chunk = readChunk(); chunk !== "ended"; chunk = readChunk()) {
      if (chunk !== "empty") chunks.push(chunk);
      else if (performance.now() > untilMs) break;
      else waitAMoment();
    }
  } catch {
    // Return what was read so far.
  }
  return Buffer.concat(chunks).toString("utf8");
}

/** Returns the next bytes; `empty` where a non-blocking descriptor has none yet. */
function readChunk(): Buffer | "empty" | "ended" {
  const chunk = Buffer.allocUnsafe(65536);
  try {
    const count = readSync(0, chunk, 0, chunk.length, null);
    return count === 0 ? "ended" : chunk.subarray(0, count);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EAGAIN") return "empty";
    throw error;
  }
}
