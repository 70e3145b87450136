import { closeSync, constants, openSync, readSync, statSync } from "node:fs";
import { errnoOf, stateError } from "../errors.ts";
import { LineSplitter } from "./splitter.ts";

const CHUNK_BYTES = 64 * 1024;

/**
 * Yields the lines of a file as it is now, from byte `from` on, including a last line without its line end.
 * An absent file has none. A line is valid until the next one is requested.
 */
export function* readLines(path: string, from = 0): Generator<Buffer> {
  const splitter = new LineSplitter();
  yield* readWholeLines(path, splitter, from, Number.POSITIVE_INFINITY);
  yield* splitter.rest();
}

/**
 * Yields the complete lines among the first `bytes` of a file; never reads more, however long the file is.
 */
export function* readHead(path: string, bytes: number): Generator<Buffer> {
  yield* readWholeLines(path, new LineSplitter(bytes), 0, bytes);
}

function* readWholeLines(path: string, splitter: LineSplitter, from: number, to: number): Generator<Buffer> {
  let descriptor: number;
  try {
    descriptor = openSync(path, constants.O_RDONLY);
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return;
    throw stateError(error, "read", path);
  }
  try {
    const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
    for (let position = from; position < to; ) {
      const bytes = readSync(descriptor, chunk, 0, Math.min(CHUNK_BYTES, to - position), position);
      if (bytes === 0) break;
      position += bytes;
      yield* splitter.push(chunk.subarray(0, bytes));
    }
  } finally {
    closeSync(descriptor);
  }
}

/** Yields the complete lines among the last `bytes` of a file. */
export function* readTail(path: string, bytes: number): Generator<Buffer> {
  const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  let isCut = size > bytes;
  for (const line of readLines(path, Math.max(0, size - bytes))) {
    if (!isCut) yield line;
    isCut = false;
  }
}
