import { accessSync, constants, lstatSync, type Stats, statSync } from "node:fs";
import { dirname } from "node:path";

/** What is wrong with a folder that can't be trusted, as the rest of a sentence about it. */
export const DISTRUST = {
  link: "is a link that another user has made",
  "no folder": "is not a folder",
  foreign: "belongs to another user",
  open: "is writable by other users",
} as const;

/**
 * Returns why the content of a folder can't be trusted to be this user's own; undefined when it can. A link
 * to a folder is as good as the folder if this user or root made it.
 */
export function whyForeign(path: string, uid: number): "link" | "foreign" | "open" | undefined {
  const entry = lstatSync(path);
  if (entry.isSymbolicLink() && entry.uid !== uid && entry.uid !== 0) return "link";
  return whyOfOthers(entry.isSymbolicLink() ? statSync(path) : entry, uid);
}

/** Does the same where no link is followed: a link is no folder. Undefined for an absent folder, too. */
export function whyDistrusted(path: string, uid: number): "no folder" | "foreign" | "open" | undefined {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found === undefined) return undefined;
  return found.isDirectory() ? whyOfOthers(found, uid) : "no folder";
}

function whyOfOthers(folder: Stats, uid: number): "foreign" | "open" | undefined {
  if (folder.uid !== uid) return "foreign";
  return (folder.mode & 0o022) === 0 ? undefined : "open";
}

/**
 * Returns the first folder above `path` in which any user can replace an entry. Resolve links in `path`
 * before.
 */
export function openParentOf(path: string): string | undefined {
  for (let folder = dirname(path); ; folder = dirname(folder)) {
    const { mode } = statSync(folder);
    // In a sticky folder, every user may add entries, and only an entry's owner may rename it.
    if ((mode & 0o002) !== 0 && (mode & 0o1000) === 0) return folder;
    if (folder === dirname(folder)) return undefined;
  }
}

/** @throws a system error where this user may not read and write in a folder. */
export function requireAccess(path: string): void {
  accessSync(path, constants.R_OK | constants.W_OK | constants.X_OK);
}

/** Whether `path` is a folder, not a link to one, that no other user can enter, list or change. */
export function isPrivateFolder(path: string): boolean {
  const found = lstatSync(path);
  return found.isDirectory() && (found.mode & 0o077) === 0;
}
