import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";
import { errnoOf, stateError } from "../errors.ts";

/**
 * Reads the text of a file. If the file is longer than head and tail, reads only its two ends, and puts a
 * line between them that says how much was left out. Empty when there is no file.
 */
export function readEnds(
  path: string,
  { headBytes, tailBytes }: { headBytes: number; tailBytes: number },
): string {
  let descriptor: number;
  try {
    descriptor = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return "";
    throw stateError(error, "read", path);
  }
  try {
    const { size } = fstatSync(descriptor);
    const read = (from: number, bytes: number) => {
      const buffer = Buffer.alloc(bytes);
      return buffer.subarray(0, readSync(descriptor, buffer, 0, bytes, from));
    };
    if (size <= headBytes + tailBytes) return read(0, size).toString("utf8");
    const head = read(0, headBytes);
    const tail = read(size - tailBytes, tailBytes);
    const mark = `[… ${size - headBytes - tailBytes} bytes left out …]`;
    return `${withoutHalf(head).toString("utf8")}\n${mark}\n${afterHalf(tail).toString("utf8")}`;
  } finally {
    closeSync(descriptor);
  }
}

/** Drops a character at the end that was cut in two. */
function withoutHalf(bytes: Buffer): Buffer {
  let start = bytes.length - 1;
  while (start > bytes.length - 4 && isInside(bytes[start])) start -= 1;
  const lead = bytes[start] ?? 0;
  const length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc0 ? 2 : 1;
  return start >= 0 && start + length > bytes.length ? bytes.subarray(0, start) : bytes;
}

/** Drops the rest of a cut character at the beginning. */
function afterHalf(bytes: Buffer): Buffer {
  let start = 0;
  while (start < 3 && isInside(bytes[start])) start += 1;
  return bytes.subarray(start);
}

function isInside(byte: number | undefined): boolean {
  return byte !== undefined && (byte & 0xc0) === 0x80;
}
