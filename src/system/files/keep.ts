import {
  constants,
  copyFileSync,
  type Dirent,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { errnoOf } from "../errors.ts";
import { linkFile } from "./folder.ts";
import { makeFolder, syncPath } from "./write.ts";

export interface FileState {
  inode: string;
  bytes: number;
}

export function fileState(path: string): FileState | undefined {
  const found = statSync(path, { bigint: true, throwIfNoEntry: false });
  return found?.isFile() ? { inode: String(found.ino), bytes: Number(found.size) } : undefined;
}

/**
 * Keeps `source` at `target` as a hard link, which costs nothing, gets every later append and survives the
 * removal of the source. On another file system, it is copied if `mayCopy`, and copied again when the sizes
 * differ.
 */
export function keepCopy(source: string, target: string, { mayCopy = true } = {}): void {
  const wanted = fileState(source);
  if (wanted === undefined) return;
  const kept = fileState(target);
  if (kept?.inode === wanted.inode) return;
  makeFolder(dirname(target));
  place(source, target, mayCopy && (kept === undefined || kept.bytes !== wanted.bytes));
}

function place(source: string, target: string, mustCopy: boolean): void {
  const temporary = `${target}.tmp-${process.pid}`;
  rmSync(temporary, { force: true });
  try {
    linkFile(source, temporary);
  } catch (error) {
    const errno = errnoOf(error);
    // EPERM: the kernel forbids links to files of other users, or the file system has no links.
    if (errno !== "EXDEV" && errno !== "EPERM" && errno !== "EMLINK") throw error;
    if (!mustCopy) return;
    copyFileSync(source, temporary, constants.COPYFILE_EXCL);
    syncPath(temporary);
  }
  renameSync(temporary, target);
  syncPath(dirname(target));
}

/** Keeps all files below a folder, which may be absent. */
export function keepFolder(source: string, target: string): void {
  for (const path of filesBelow(source)) keepCopy(join(source, path), join(target, path));
}

/**
 * Puts a kept file back where its agent expects it, and marks it as used today: agents delete files by age.
 */
export function putBack(kept: string, path: string): void {
  makeFolder(dirname(path));
  place(kept, path, true);
  const now = new Date();
  utimesSync(path, now, now);
}

export function putFolderBack(kept: string, path: string): void {
  for (const file of filesBelow(kept)) {
    if (fileState(join(path, file)) === undefined) putBack(join(kept, file), join(path, file));
  }
}

/** Returns the plain files at any depth. A linked folder is not entered: it may lead anywhere. */
export function filesBelow(folder: string, prefix = ""): string[] {
  let entries: Dirent[];
  try {
    entries = readdirSync(join(folder, prefix), { withFileTypes: true });
  } catch (error) {
    if (errnoOf(error) === "ENOENT" || errnoOf(error) === "ENOTDIR") return [];
    throw error;
  }
  return entries.flatMap((entry) => {
    const path = join(prefix, entry.name);
    if (entry.isDirectory()) return filesBelow(folder, path);
    return entry.isFile() ? [path] : [];
  });
}
