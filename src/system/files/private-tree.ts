import { chmodSync, lstatSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { errnoOf } from "../errors.ts";

/** What is wrong with a file or folder that should be private to this user. */
export type Flaw = "foreign" | "link" | "open" | "unreadable";

export interface FlawedEntry {
  path: string;
  flaw: Flaw;
}

export interface PrivateTree {
  flaws: FlawedEntry[];
  /** Temporary files: their writer died, or is writing them now. */
  temporaries: { path: string; changedMs: number }[];
}

/**
 * Searches a folder and all below it for entries that other users could read or write, or have put there.
 * `isForeign` says which folders have content that is not ours to judge: they are checked themselves, but not
 * entered.
 */
export function surveyPrivateTree(
  root: string,
  uid: number,
  isForeign: (path: string) => boolean,
): PrivateTree {
  const tree: PrivateTree = { flaws: [], temporaries: [] };
  addTo(tree, root, uid, isForeign);
  return tree;
}

function addTo(tree: PrivateTree, path: string, uid: number, isForeign: (path: string) => boolean): void {
  try {
    const found = lstatSync(path, { throwIfNoEntry: false });
    if (found === undefined) return;
    if (found.isSymbolicLink()) tree.flaws.push({ path, flaw: "link" });
    else if (found.uid !== uid) tree.flaws.push({ path, flaw: "foreign" });
    else if ((found.mode & 0o077) !== 0) tree.flaws.push({ path, flaw: "open" });
    if (/(?:^|\/)\.tmp-[0-9a-f]{16}$/.test(path)) tree.temporaries.push({ path, changedMs: found.mtimeMs });
    if (!found.isDirectory() || isForeign(path)) return;
    for (const name of readdirSync(path)) addTo(tree, join(path, name), uid, isForeign);
  } catch (error) {
    // ENOENT: the entry was deleted during the check.
    if (errnoOf(error) !== "ENOENT") tree.flaws.push({ path, flaw: "unreadable" });
  }
}

/** Removes other users' permissions on a file or folder of ours. Returns whether that worked. */
export function makePrivate(path: string): boolean {
  try {
    const found = lstatSync(path);
    if (found.isSymbolicLink()) return false;
    chmodSync(path, found.mode & 0o700);
    return true;
  } catch {
    return false;
  }
}
