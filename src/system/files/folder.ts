import {
  linkSync,
  lstatSync,
  readdirSync,
  renameSync,
  rmdirSync,
  statSync,
  unlinkSync,
  utimesSync,
} from "node:fs";
import { join } from "node:path";
import { errnoOf, stateError } from "../errors.ts";

/** Returns the names in a folder, sorted; none when the folder is absent. */
export function listFolder(path: string): string[] {
  try {
    return readdirSync(path).sort();
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return [];
    throw stateError(error, "read", path);
  }
}

/** Returns the folders in a folder, sorted, without links to folders. */
export function listFolders(path: string): string[] {
  return listFolder(path).filter((name) => isFolder(join(path, name)));
}

/** Whether there is a folder, or a link to one; false where nobody can tell. */
export function isFolderAt(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
  } catch {
    // A loop of links, or nothing of ours.
    return false;
  }
}

function isFolder(path: string): boolean {
  try {
    return lstatSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
  } catch (error) {
    throw stateError(error, "read", path);
  }
}

/**
 * Deletes a folder of files, the file `first` before all others: without it the rest means nothing, even if
 * the deletion stops halfway. A folder that is gone already is no error.
 */
export function removeFlatFolder(path: string, first: string): void {
  try {
    const names = listFolder(path);
    if (names.includes(first)) unlinkSync(join(path, first));
    for (const name of names) if (name !== first) unlinkSync(join(path, name));
    rmdirSync(path);
  } catch (error) {
    if (errnoOf(error) !== "ENOENT") throw stateError(error, "write", path);
  }
}

/** Deletes a file; one that is gone already is no error. */
export function removeFile(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if (errnoOf(error) !== "ENOENT") throw stateError(error, "write", path);
  }
}

/** Deletes a folder if it is empty. Returns whether it was deleted. */
export function removeIfEmpty(path: string): boolean {
  try {
    rmdirSync(path);
    return true;
  } catch {
    return false;
  }
}

/** Renames within a file system. Returns false when the source does not exist (any more). */
export function moveIfThere(from: string, to: string): boolean {
  try {
    renameSync(from, to);
    return true;
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return false;
    throw stateError(error, "write", from);
  }
}

/**
 * Gives a file another name, which must be free. If the reply of an NFS server is lost, the call is repeated
 * and fails with EEXIST for the name that it has given itself.
 */
export function linkFile(from: string, to: string): void {
  try {
    linkSync(from, to);
  } catch (error) {
    if (errnoOf(error) !== "EEXIST" || !isSameFile(from, to)) throw error;
  }
}

function isSameFile(one: string, other: string): boolean {
  const [left, right] = [one, other].map((path) => lstatSync(path, { bigint: true, throwIfNoEntry: false }));
  return left !== undefined && left.ino === right?.ino && left.dev === right.dev;
}

/** Renames a file unless the new name is in use; then deletes it. A file that is gone already is no error. */
export function moveIfFree(from: string, to: string): void {
  try {
    // In one step: after a check, a rename would replace a file that appeared meanwhile.
    linkFile(from, to);
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === "ENOENT") return;
    // On a file system without hard links, a check must be enough.
    if (errno !== "EEXIST" && modifiedMs(to) === undefined) return void moveIfThere(from, to);
  }
  removeFile(from);
}

/** Returns when a file or folder was last changed; undefined when there is none. */
export function modifiedMs(path: string): number | undefined {
  try {
    return lstatSync(path, { throwIfNoEntry: false })?.mtimeMs;
  } catch (error) {
    throw stateError(error, "read", path);
  }
}

/** Marks a file or folder as changed now. One that is gone already is no error. */
export function touch(path: string): void {
  const now = new Date();
  try {
    utimesSync(path, now, now);
  } catch (error) {
    if (errnoOf(error) !== "ENOENT") throw stateError(error, "write", path);
  }
}

export interface EntryStamp {
  /** Changes whenever the file is replaced or written. */
  stamp: string;
  changedMs: number;
}

/** Returns a stamp of the state of a file, without reading it; undefined when there is none. */
export function stampOf(path: string): EntryStamp | undefined {
  const found = lstatSync(path, { bigint: true, throwIfNoEntry: false });
  if (found === undefined) return undefined;
  const stamp = [found.ino, found.size, found.mtimeNs, found.ctimeNs].join(":");
  return { stamp, changedMs: Number(found.ctimeNs / 1_000_000n) };
}

/**
 * Whether a file belongs to this user and is not writable for everybody. True for an absent file: it harms
 * nobody.
 */
export function isOwnFile(path: string, uid: number): boolean {
  const found = lstatSync(path, { throwIfNoEntry: false });
  // A link is not judged here: opening it is refused anyway.
  if (found === undefined || found.isSymbolicLink()) return true;
  return found.uid === uid && (found.mode & 0o002) === 0;
}

/** Returns the size of a file and when it was last written; undefined when there is none. */
export function writtenTo(path: string): { bytes: number; lastMs: number } | undefined {
  const found = lstatSync(path, { throwIfNoEntry: false });
  return found === undefined ? undefined : { bytes: found.size, lastMs: found.mtimeMs };
}
