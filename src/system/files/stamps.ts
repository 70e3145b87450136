import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";

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
    if (entry.isDirectory() && !addTo(stamps, path, most)) return false;
  }
  return true;
}

function list(folder: string) {
  return readdirSync(folder, { withFileTypes: true });
}
