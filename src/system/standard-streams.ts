import { write, writeSync } from "node:fs";
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
      if (code === "EAGAIN") Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2);
      else {
        // Nobody reads any more. The turn, if there is one, goes on without us.
        if (descriptor === 1 && code === "EPIPE") leave(CLOSED_PIPE);
        return;
      }
    }
  }
}

/** The least room for bytes on their way. */
const ROOM_BYTES = 64 * 1024;
let printed: Promise<void> = Promise.resolve();
/** What the bytes on their way lie in; there are several only where somebody does not wait for them. */
const idle: Buffer[] = [];

/**
 * Writes from another thread: a reader that has stopped reading would hold up this one, signals included. The
 * bytes are taken over before this returns, and come out in the order of the calls.
 */
export function printLater(bytes: Uint8Array): Promise<void> {
  const room = idle.pop();
  // Used over and over: buffers that are thrown away stand around until the next collection.
  const own =
    room !== undefined && room.length >= bytes.length
      ? room
      : Buffer.allocUnsafe(Math.max(bytes.length, ROOM_BYTES));
  own.set(bytes);
  const written = printed.then(async () => {
    await writeLater(own.subarray(0, bytes.length));
    idle.push(own);
  });
  printed = written.catch(() => undefined);
  return written;
}

/** Resolves when all that was handed to `printLater` is written, or could not be. */
export function allPrinted(): Promise<void> {
  return printed;
}

async function writeLater(bytes: Buffer): Promise<void> {
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
