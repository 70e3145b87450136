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
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { errnoOf } from "../errors.ts";

const { O_CREAT, O_EXCL, O_NOFOLLOW, O_RDONLY, O_WRONLY } = constants;

/**
 * Makes `path` and what is missing above it, private to this user and durable. An existing folder keeps its
 * mode.
 */
export function makeFolder(path: string): void {
  makeFolderIn(path, false);
}

function makeFolderIn(path: string, isSecondTry: boolean): void {
  // Not `recursive`: in Node 20.20 that never returns where a parent exists but takes no entries, as /proc.
  try {
    mkdirPrivate(path);
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === "EEXIST" && statSync(path).isDirectory()) return;
    const parent = dirname(path);
    if (errno !== "ENOENT" || parent === path) throw error;
    // Another process may have made what was missing above it in this very moment.
    if (!existsSync(parent)) makeFolderIn(parent, false);
    else if (isSecondTry) throw error;
    makeFolderIn(path, true);
    return;
  }
  syncFolder(dirname(path));
}

/** Makes one folder, private to this user: a strict umask would keep even its owner out. */
export function mkdirPrivate(path: string): void {
  mkdirSync(path, { mode: 0o700 });
  if ((statSync(path).mode & 0o700) !== 0o700) chmodSync(path, 0o700);
}

/** Opens a file, and where it makes it, makes it private to this user: a strict umask would keep even its owner out. */
export function openPrivate(path: string, flags: number): number {
  const descriptor = openSync(path, flags, 0o600);
  try {
    // Asked first: some file systems have no modes to set.
    if ((fstatSync(descriptor).mode & 0o600) !== 0o600) fchmodSync(descriptor, 0o600);
  } catch (error) {
    closeSync(descriptor);
    throw error;
  }
  return descriptor;
}

/** Makes the names in a folder durable: a file is only as safe as the entry that leads to it. */
export function syncFolder(path: string): void {
  const descriptor = openSync(path, O_RDONLY);
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** Writes all of `content`: write(2) may take less than it was given. */
export function writeFully(descriptor: number, content: string | Uint8Array): void {
  const bytes = typeof content === "string" ? Buffer.from(content) : content;
  let written = 0;
  while (written < bytes.length) written += writeSync(descriptor, bytes, written);
}

/** Creates a file that must not exist yet, 0600, and makes its content durable unless `sync` is false. */
export function createFile(path: string, content: string | Uint8Array, { sync = true } = {}): void {
  const descriptor = openPrivate(path, O_CREAT | O_EXCL | O_NOFOLLOW | O_WRONLY);
  try {
    writeFully(descriptor, content);
    if (sync) fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** Writes the content of an empty file of ours and makes it durable. */
export function fillFile(path: string, content: string): void {
  const descriptor = openSync(path, O_NOFOLLOW | O_WRONLY);
  try {
    writeFully(descriptor, content);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/**
 * Replaces the content of `path` at once: readers see the old bytes or the new ones. A link in its place is
 * replaced, never followed. With `sync` it returns only when both the bytes and the name are durable.
 *
 * `isStill` is asked in the last moment whether the file is still the one that is to be replaced; if not,
 * nothing happens and false is returned.
 */
export function replaceFile(
  path: string,
  content: string | Uint8Array,
  { sync = true, isStill = () => true }: { sync?: boolean; isStill?: () => boolean } = {},
): boolean {
  if (!placeFile(path, content, { sync, isStill })) return false;
  if (sync) syncFolder(dirname(path));
  return true;
}

/** The same, but the name is not made durable: for whoever has more to put into the folder. */
export function placeFile(
  path: string,
  content: string | Uint8Array,
  { sync = true, isStill = () => true }: { sync?: boolean; isStill?: () => boolean } = {},
): boolean {
  const temporary = join(dirname(path), `.tmp-${randomBytes(8).toString("hex")}`);
  try {
    createFile(temporary, content, { sync });
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

/** The bytes of a file, or undefined when there is none. A symbolic link is refused with ELOOP. */
export function readFileIfAny(path: string): Buffer | undefined {
  let descriptor: number;
  try {
    descriptor = openSync(path, O_RDONLY | O_NOFOLLOW);
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return undefined;
    throw error;
  }
  try {
    return readFileSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
