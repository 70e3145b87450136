import { randomBytes } from "node:crypto";
import {
  chmodSync,
  closeSync,
  constants,
  existsSync,
  fchmodSync,
  fstatSync,
  fsyncSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { errnoOf } from "../errors.ts";
import { closing } from "./read.ts";

const { O_APPEND, O_CREAT, O_EXCL, O_NOFOLLOW, O_NONBLOCK, O_RDONLY, O_WRONLY } = constants;

/**
 * Creates `path` and its missing parents, private to this user and durable. An existing folder keeps its
 * mode.
 */
export function makeFolder(path: string): void {
  makeFolderIn(path, false);
}

function makeFolderIn(path: string, isSecondTry: boolean): void {
  // Not `recursive`: in Node 20.20 it never returns if a parent exists but accepts no entries, such as /proc.
  try {
    mkdirPrivate(path);
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === "EEXIST" && statSync(path).isDirectory()) return;
    const parent = dirname(path);
    if (errno !== "ENOENT" || parent === path) throw error;
    // Another process may just have created the missing parent.
    if (!existsSync(parent)) makeFolderIn(parent, false);
    else if (isSecondTry) throw error;
    makeFolderIn(path, true);
    return;
  }
  syncPath(dirname(path));
}

/**
 * Creates one folder, private to this user. Corrects the mode: a strict umask would lock out even the owner.
 */
export function mkdirPrivate(path: string): void {
  mkdirSync(path, { mode: 0o700 });
  if ((statSync(path).mode & 0o700) !== 0o700) chmodSync(path, 0o700);
}

/**
 * Opens a file; a file that it creates is private to this user. Corrects the mode: a strict umask would lock
 * out even the owner.
 */
export function openPrivate(path: string, flags: number): number {
  const descriptor = openSync(path, flags, 0o600);
  try {
    // Checked first: some file systems have no modes to set.
    if ((fstatSync(descriptor).mode & 0o600) !== 0o600) fchmodSync(descriptor, 0o600);
  } catch (error) {
    closeSync(descriptor);
    throw error;
  }
  return descriptor;
}

/**
 * Makes a file that another program wrote, or the entries of a folder, durable: a file is only as safe as the
 * entry that leads to it.
 */
export function syncPath(path: string): void {
  closing(openSync(path, O_RDONLY), fsyncSync);
}

/** Writes all of `content`, and makes it durable with `sync`. */
export function writeFully(descriptor: number, content: string | Uint8Array, sync: boolean): void {
  const bytes = typeof content === "string" ? Buffer.from(content) : content;
  // write(2) may write less than it was given.
  for (let written = 0; written < bytes.length; ) written += writeSync(descriptor, bytes, written);
  if (sync) fsyncSync(descriptor);
}

/** Creates a file that must not exist yet, 0600, and makes its content durable unless `sync` is false. */
export function createFile(path: string, content: string | Uint8Array, { sync = true } = {}): void {
  const descriptor = openPrivate(path, O_CREAT | O_EXCL | O_NOFOLLOW | O_WRONLY);
  closing(descriptor, () => writeFully(descriptor, content, sync));
}

/** Writes the content of an empty file of ours and makes it durable. */
export function fillFile(path: string, content: string): void {
  const descriptor = openSync(path, O_NOFOLLOW | O_WRONLY);
  closing(descriptor, () => writeFully(descriptor, content, true));
}

interface Placing {
  sync?: boolean;
  isStill?: () => boolean;
  /** Default: only this user reads and writes the file. */
  mode?: number | undefined;
}

/**
 * Replaces the content of `path` atomically: readers see the old bytes or the new ones. A link at `path` is
 * replaced, never followed. With `sync`, both the bytes and the name are durable when it returns.
 *
 * `isStill` is called at the last moment and says whether the file is still the one to replace; if not,
 * nothing happens and false is returned.
 */
export function replaceFile(
  path: string,
  content: string | Uint8Array,
  { sync = true, isStill = () => true, mode }: Placing = {},
): boolean {
  if (!placeFile(path, content, { sync, isStill, mode })) return false;
  if (sync) syncPath(dirname(path));
  return true;
}

/**
 * As `replaceFile`, but does not make the name durable: for a caller that has more to put into the folder.
 */
export function placeFile(
  path: string,
  content: string | Uint8Array,
  { sync = true, isStill = () => true, mode }: Placing = {},
): boolean {
  const temporary = join(dirname(path), `.tmp-${randomBytes(8).toString("hex")}`);
  try {
    createFile(temporary, content, { sync });
    if (mode !== undefined) chmodSync(temporary, mode);
    if (!isStill()) {
      rmSync(temporary, { force: true });
      return false;
    }
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
  return true;
}

/** Appends a line to a file, with one write; creates the file if it is absent. */
export function addLine(path: string, line: string): void {
  const descriptor = openSync(path, O_WRONLY | O_APPEND | O_NOFOLLOW | O_NONBLOCK | O_CREAT, 0o600);
  closing(descriptor, () => writeFully(descriptor, `${line}\n`, false));
}
