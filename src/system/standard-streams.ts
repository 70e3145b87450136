import { readSync, write, writeSync } from "node:fs";
import { leave } from "./last-words.ts";

/** The exit code of a command whose reader went away, as a shell reports death by SIGPIPE. */
const CLOSED_PIPE = 141;

/** Writes at once and whole: `process.exit` would cut off what a pipe has not taken yet. */
export function print(descriptor: 1 | 2, text: string): void {
  const bytes = Buffer.from(text);
  for (let written = 0; written < bytes.length; ) {
    try {
      written += writeSync(descriptor, bytes, written);
    } catch (error) {
      const code = error instanceof Error && "code" in error ? error.code : undefined;
      // A non-blocking pipe is full: its reader needs a moment.
      if (code === "EAGAIN") waitAMoment();
      else {
        // Nobody reads any more. The turn, if there is one, goes on without us.
        if (descriptor === 1 && code === "EPIPE") leave(CLOSED_PIPE);
        return;
      }
    }
  }
}

/** Writes from another thread: a reader that has stopped reading would hold up this one, signals included. */
export async function printLater(bytes: Buffer): Promise<void> {
  for (let written = 0; written < bytes.length; ) {
    written += await new Promise<number>((resolve, reject) => {
      write(1, bytes, written, (error, count) => {
        if (error === null) resolve(count);
        else if (error.code === "EAGAIN") setTimeout(() => resolve(0), 2);
        else if (error.code === "EPIPE") leave(CLOSED_PIPE);
        else reject(error);
      });
    });
  }
}

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

function waitAMoment(): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2);
}
