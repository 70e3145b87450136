import { readSync } from "node:fs";
import { waitAMoment } from "./standard-streams.ts";

/** Reads all of standard input at once, without the 3 ms that making a stream of it costs. */
export function readAll(timeoutMs: number): string {
  const chunks: Buffer[] = [];
  const untilMs = performance.now() + timeoutMs;
  for (;;) {
    const chunk = Buffer.allocUnsafe(65536);
    try {
      const count = readSync(0, chunk, 0, chunk.length, null);
      if (count === 0) break;
      chunks.push(chunk.subarray(0, count));
    } catch (error) {
      const code = error instanceof Error && "code" in error ? error.code : undefined;
      // A non-blocking pipe is still empty.
      if (code !== "EAGAIN" || performance.now() > untilMs) break;
      waitAMoment();
    }
  }
  return Buffer.concat(chunks).toString("utf8");
}
