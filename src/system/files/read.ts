import { closeSync, constants, fstatSync, lstatSync, openSync, readFileSync, readSync } from "node:fs";
import { join } from "node:path";
import { AppError } from "../../domain/errors.ts";
import { parseJson } from "../../domain/parse-json.ts";
import { errnoOf, stateError } from "../errors.ts";
import { listFolder } from "./folder.ts";

const { O_NOFOLLOW, O_NONBLOCK, O_RDONLY } = constants;

/**
 * Opens a file for `read` and closes it again. Returns undefined when there is no file. A symbolic link is
 * refused with ELOOP.
 */
export function withFile<T>(
  path: string,
  read: (descriptor: number) => T,
  flags = O_RDONLY | O_NOFOLLOW,
): T | undefined {
  let descriptor: number;
  try {
    descriptor = openSync(path, flags);
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return undefined;
    throw error;
  }
  return closing(descriptor, read);
}

/** Calls `use` with an open file and closes it again. */
export function closing<T>(descriptor: number, use: (descriptor: number) => T): T {
  try {
    return use(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** Reads `length` bytes from `from` on, or as many as there are. */
export function readBytes(descriptor: number, from: number, length: number): Buffer {
  const bytes = Buffer.allocUnsafe(Math.max(0, length));
  let filled = 0;
  for (let read = -1; read !== 0 && filled < bytes.length; filled += read)
    read = readSync(descriptor, bytes, filled, bytes.length - filled, from + filled);
  return bytes.subarray(0, filled);
}

/** Returns the bytes of a file, or undefined when there is none. A symbolic link is refused with ELOOP. */
export function readFileIfAny(path: string): Buffer | undefined {
  return withFile(path, (descriptor) => readFileSync(descriptor));
}

/**
 * Reads a JSON file. Returns undefined when there is none. The value is undefined when the file is not JSON,
 * as after a power failure: a file of ours that was cut off was never acknowledged.
 *
 * @throws AppError `state_unreadable`
 */
export function readJson(path: string): { value: unknown } | undefined {
  try {
    const bytes = readFileIfAny(path);
    return bytes === undefined ? undefined : { value: parseJson(bytes) };
  } catch (error) {
    throw stateError(error, "read", path);
  }
}

/**
 * Returns the values of all readable JSON files in a folder; none if the folder is absent or its parent is a
 * file.
 */
export function readJsonFolder(folder: string): unknown[] {
  return namesIn(folder).flatMap((name) => {
    try {
      return name.endsWith(".json") ? [JSON.parse(readFileSync(join(folder, name), "utf8")) as unknown] : [];
    } catch {
      // The file is being written, was removed or is not readable: skip it.
      return [];
    }
  });
}

function namesIn(folder: string): string[] {
  try {
    return listFolder(folder);
  } catch (error) {
    if (error instanceof AppError && errnoOf(error.cause) === "ENOTDIR") return [];
    throw error;
  }
}

/**
 * Returns the text of a small file that any user may have put there; undefined when there is none. Only a
 * plain file is read, and no more of it than expected: a link, an endless pipe or a huge file must not block
 * this process.
 *
 * @throws AppError `state_unreadable`
 */
export function readPlainFile(path: string, mostBytes: number): string | undefined {
  const read = (descriptor: number) => {
    const found = fstatSync(descriptor);
    if (!found.isFile()) throw new AppError("state_unreadable", `${path} is not a regular file.`);
    if (found.size > mostBytes)
      throw new AppError("state_unreadable", `${path} is too large for a file of agent-sessions.`);
    return readBytes(descriptor, 0, found.size).toString("utf8");
  };
  try {
    return withFile(path, read, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  } catch (error) {
    if (errnoOf(error) === "ENOTDIR") return undefined;
    throw stateError(error, "read", path);
  }
}

/** Whether `path` is a folder itself (not a link to one), absent, or anything else. */
export function folderAt(path: string): "folder" | "absent" | "other" {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found === undefined) return "absent";
  return found.isDirectory() ? "folder" : "other";
}

/** Whether `path` is a plain file itself, not a link to one. */
export function isPlainFile(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isFile() === true;
}

/**
 * Reads the text of a file. If the file is longer than head and tail, reads only its two ends, and puts a
 * line between them that says how much was left out. Empty when there is no file.
 */
export function readEnds(
  path: string,
  { headBytes, tailBytes }: { headBytes: number; tailBytes: number },
): string {
  const read = (descriptor: number) => {
    const { size } = fstatSync(descriptor);
    const left = size - headBytes - tailBytes;
    if (left <= 0) return readBytes(descriptor, 0, size).toString("utf8");
    const head = withoutHalf(readBytes(descriptor, 0, headBytes));
    const tail = afterHalf(readBytes(descriptor, size - tailBytes, tailBytes));
    return `${head.toString("utf8")}\n[… ${left} bytes left out …]\n${tail.toString("utf8")}`;
  };
  try {
    return withFile(path, read) ?? "";
  } catch (error) {
    throw stateError(error, "read", path);
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

/** Opens a plain file for reading; anything else is refused: opening a pipe must not block this process. */
export function openPlain(path: string): number {
  const descriptor = openSync(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  if (fstatSync(descriptor).isFile()) return descriptor;
  closeSync(descriptor);
  throw new AppError("file_refused", `The file ${path} is not a regular file.`, {
    hint: "Give the file that export has made.",
  });
}
