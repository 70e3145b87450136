import { readdirSync, realpathSync, statSync } from "node:fs";
import { join } from "node:path";
import { isFolderAt } from "./folder.ts";
import { readPlainFile } from "./read.ts";

/** Returns a text that changes when a file is changed, replaced, made or removed; links are followed. */
export function stampOf(path: string): string {
  try {
    const found = statSync(path, { bigint: true, throwIfNoEntry: false });
    return found === undefined ? "absent" : `${found.ino} ${found.size} ${found.mtimeNs} ${found.ctimeNs}`;
  } catch {
    return "unreadable";
  }
}

/** Returns the stamps of all files in a folder and below it, by path; undefined if there are more than `most`. */
export function stampsIn(folder: string, most: number): Map<string, string> | undefined {
  const stamps = new Map<string, string>();
  return addTo(stamps, folder, most) ? stamps : undefined;
}

/** Returns the text of a plain file of at most `mostBytes`, links followed; undefined for anything else. */
export function plainTextOf(path: string, mostBytes: number): string | undefined {
  try {
    return readPlainFile(realpathSync(path), mostBytes);
  } catch {
    return undefined;
  }
}

function addTo(stamps: Map<string, string>, folder: string, most: number): boolean {
  let entries: ReturnType<typeof list>;
  try {
    entries = list(folder);
  } catch {
    return true;
  }
  for (const entry of entries) {
    const path = join(folder, entry.name);
    stamps.set(path, stampOf(path));
    if (stamps.size > most) return false;
    const isFolder = entry.isDirectory() || (entry.isSymbolicLink() && isFolderAt(path));
    if (isFolder && !addTo(stamps, path, most)) return false;
  }
  return true;
}

function list(folder: string) {
  return readdirSync(folder, { withFileTypes: true });
}
