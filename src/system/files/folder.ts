import { linkSync, lstatSync, readdirSync, renameSync, rmdirSync, unlinkSync, utimesSync } from "node:fs";
import { join } from "node:path";
import { errnoOf, stateError } from "../errors.ts";
import { mkdirPrivate } from "./write.ts";

/** The names in a folder, sorted; none when it is absent. */
export function listFolder(path: string): string[] {
  try {
    return readdirSync(path).sort();
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return [];
    throw stateError(error, "read", path);
  }
}

/** The folders in a folder, sorted; a link to one is none. */
export function listFolders(path: string): string[] {
  return listFolder(path).filter((name) => isFolder(join(path, name)));
}

function isFolder(path: string): boolean {
  try {
    return lstatSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
  } catch (error) {
    throw stateError(error, "read", path);
  }
}

/** Makes a folder that must not exist yet, private to this user. */
export function makeNewFolder(path: string): void {
  mkdirPrivate(path);
}

/**
 * Removes a folder of files, `first` before all others: without that file the rest means nothing, however
 * far the removal gets. A folder that is gone already is no error.
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

/** Removes a file; one that is gone already is no error. */
export function removeFile(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if (errnoOf(error) !== "ENOENT") throw stateError(error, "write", path);
  }
}

/** Removes a folder unless there is something in it. Returns whether it is gone. */
export function removeIfEmpty(path: string): boolean {
  try {
    rmdirSync(path);
    return true;
  } catch {
    return false;
  }
}

/** Renames within a file system. Returns false when there is nothing (any more) to rename. */
export function moveIfThere(from: string, to: string): boolean {
  try {
    renameSync(from, to);
    return true;
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return false;
    throw stateError(error, "write", from);
  }
}

/** Renames a file unless something has that name by now; then it is removed. One that is gone already is no error. */
export function moveIfFree(from: string, to: string): void {
  try {
    // In one step: what comes to be there after a look would be replaced by a rename.
    linkSync(from, to);
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === "ENOENT") return;
    // Where files have one name each, a look has to do.
    if (errno !== "EEXIST" && modifiedMs(to) === undefined) return void moveIfThere(from, to);
  }
  removeFile(from);
}

/** When a file or folder was last changed; undefined when there is none. */
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

/** What tells one state of a file from another without reading it; undefined when there is none. */
export function stampOf(path: string): EntryStamp | undefined {
  const found = lstatSync(path, { bigint: true, throwIfNoEntry: false });
  if (found === undefined) return undefined;
  const stamp = [found.ino, found.size, found.mtimeNs, found.ctimeNs].join(":");
  return { stamp, changedMs: Number(found.ctimeNs / 1_000_000n) };
}

export type FolderTrust = "ours" | "absent" | "foreign" | "open" | "no folder";

/** Whether a folder is this user's own and nobody else can write into it. A link to one is no folder. */
export function folderTrust(path: string, uid: number): FolderTrust {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found === undefined) return "absent";
  if (!found.isDirectory()) return "no folder";
  if (found.uid !== uid) return "foreign";
  return (found.mode & 0o022) === 0 ? "ours" : "open";
}

/** Whether a file is this user's own and nobody else can change it. An absent one harms nobody. */
export function isOwnFile(path: string, uid: number): boolean {
  const found = lstatSync(path, { throwIfNoEntry: false });
  // A link is nobody's file; opening it is refused anyway.
  if (found === undefined || found.isSymbolicLink()) return true;
  return found.uid === uid && (found.mode & 0o002) === 0;
}

/** How long a file is and when it was written last; undefined when there is none. */
export function writtenTo(path: string): { bytes: number; lastMs: number } | undefined {
  const found = lstatSync(path, { throwIfNoEntry: false });
  return found === undefined ? undefined : { bytes: found.size, lastMs: found.mtimeMs };
}
