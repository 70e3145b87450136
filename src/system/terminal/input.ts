import { readSync } from "node:fs";
import { waitAMoment } from "./output.ts";

/*
 * Both read the descriptor itself: making a stream of it costs as much as everything else that a hook does, and a
 * fifth of what a turn does before its agent starts.
 */

/**
 * All of standard input, up to its end. It blocks meanwhile, for signal handlers too: read what is needed before
 * there are any.
 *
 * @throws what read(2) does, such as EISDIR.
 */
export async function readStandardInput(): Promise<string> {
  const chunks: Buffer[] = [];
  while (true) {
    const chunk = readChunk();
    if (chunk === "ended") break;
    if (chunk !== "empty") chunks.push(chunk);
    else {
      // Whoever shares the descriptor with us made it non-blocking: only a stream can wait for it.
      for await (const rest of process.stdin) chunks.push(rest as Buffer);
      break;
    }
  }
  return Buffer.concat(chunks).toString("utf8");
}

/** What there is of standard input until it ends, can't be read or brings nothing for so long. */
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
    // What was read so far is all there is.
  }
  return Buffer.concat(chunks).toString("utf8");
}

/** The next bytes; `empty` where a non-blocking descriptor has none yet. */
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
