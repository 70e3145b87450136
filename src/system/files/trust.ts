import { accessSync, constants, lstatSync, statSync } from "node:fs";
import { dirname } from "node:path";

/**
 * Why what a folder holds can't be trusted to be this user's own; undefined when it can. A link to a folder is
 * as good as the folder where nobody else could have made it.
 */
export function whyForeign(path: string, uid: number): "link" | "foreign" | "open" | undefined {
  const entry = lstatSync(path);
  if (entry.isSymbolicLink() && entry.uid !== uid && entry.uid !== 0) return "link";
  const folder = entry.isSymbolicLink() ? statSync(path) : entry;
  if (folder.uid !== uid) return "foreign";
  return (folder.mode & 0o022) === 0 ? undefined : "open";
}

/** The first folder above `path` in which anybody can put something else in its place; links resolved before. */
export function openParentOf(path: string): string | undefined {
  for (let folder = dirname(path); ; folder = dirname(folder)) {
    const { mode } = statSync(folder);
    // In a sticky folder everybody may add, and only the owner may rename.
    if ((mode & 0o002) !== 0 && (mode & 0o1000) === 0) return folder;
    if (folder === dirname(folder)) return undefined;
  }
}

/** @throws a system error where this user may not read and write in a folder. */
export function requireAccess(path: string): void {
  accessSync(path, constants.R_OK | constants.W_OK | constants.X_OK);
}

/** Whether something is a folder, no link to one, that nobody else may look into. */
export function isPrivateFolder(path: string): boolean {
  const found = lstatSync(path);
  return found.isDirectory() && (found.mode & 0o077) === 0;
}
