import { closeSync, constants, openSync, readSync, statSync } from "node:fs";
import { stateError } from "../errors.ts";
import { readBytes, withFile } from "../files/read.ts";

const NEWLINE = 0x0a;
const LOOK_BYTES = 64 * 1024;
const { O_NOFOLLOW, O_RDONLY } = constants;

/** Yields the first `bytes` of a file in parts, each valid until the next one is requested. Fewer if it has fewer. */
export function* readParts(path: string, bytes: number, partBytes: number): Generator<Buffer> {
  let descriptor: number;
  try {
    descriptor = openSync(path, O_RDONLY | O_NOFOLLOW);
  } catch (error) {
    throw stateError(error, "read", path);
  }
  try {
    const part = Buffer.allocUnsafe(Math.max(1, Math.min(partBytes, bytes)));
    for (let at = 0; at < bytes; ) {
      const read = readSync(descriptor, part, 0, Math.min(part.length, bytes - at), at);
      if (read === 0) return;
      at += read;
      yield part.subarray(0, read);
    }
  } finally {
    closeSync(descriptor);
  }
}

/** Returns how many bytes a file has up to its last line end: its writer may be writing the next line. */
export function completeBytes(path: string): number {
  const look = (descriptor: number) => {
    for (let end = statSync(path).size; end > 0; end = Math.max(0, end - LOOK_BYTES)) {
      const from = Math.max(0, end - LOOK_BYTES);
      const at = readBytes(descriptor, from, end - from).lastIndexOf(NEWLINE);
      if (at !== -1) return from + at + 1;
    }
    return 0;
  };
  return withFile(path, look, O_RDONLY) ?? 0;
}
