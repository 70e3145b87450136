import { closeSync, constants, fstatSync, lstatSync, openSync, readSync } from "node:fs";
import { AppError } from "../../domain/errors.ts";
import { errnoOf, stateError } from "../errors.ts";
import { writeFully } from "./write.ts";

const { O_APPEND, O_NOFOLLOW, O_NONBLOCK, O_RDONLY, O_WRONLY } = constants;

/**
 * Returns the text of a small file that any user may have put there; undefined when there is none. Only a
 * plain file is read, and no more of it than expected: a link, an endless pipe or a huge file must not block
 * this process.
 *
 * @throws AppError `state_unreadable`
 */
export function readPlainFile(path: string, mostBytes: number): string | undefined {
  let descriptor: number;
  try {
    descriptor = openSync(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  } catch (error) {
    if (errnoOf(error) === "ENOENT" || errnoOf(error) === "ENOTDIR") return undefined;
    throw stateError(error, "read", path);
  }
  try {
    const found = fstatSync(descriptor);
    if (!found.isFile()) throw new AppError("state_unreadable", `${path} is not a plain file.`);
    if (found.size > mostBytes) throw new AppError("state_unreadable", `${path} is too large to be ours.`);
    const bytes = Buffer.alloc(found.size);
    let filled = 0;
    while (filled < bytes.length) {
      const count = readSync(descriptor, bytes, filled, bytes.length - filled, filled);
      if (count === 0) break;
      filled += count;
    }
    return bytes.toString("utf8", 0, filled);
  } catch (error) {
    throw stateError(error, "read", path);
  } finally {
    closeSync(descriptor);
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

/** Appends a line to a file, with one write; creates the file if it is absent. */
export function addLine(path: string, line: string): void {
  const descriptor = openSync(path, O_WRONLY | O_APPEND | O_NOFOLLOW | O_NONBLOCK | constants.O_CREAT, 0o600);
  try {
    writeFully(descriptor, `${line}\n`);
  } finally {
    closeSync(descriptor);
  }
}
