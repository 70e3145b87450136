import { dateOf, editsOf } from "./log.ts";
import type { NameEntry } from "./name.ts";

/** A name that was removed and has not come back. */
export interface RemovedName {
  name: string;
  /** ISO 8601; empty if the log does not say. */
  removedAt: string;
  /** What it pointed at. */
  entry: NameEntry;
}

/** Returns the names that are removed now, according to the lines of a name log; the last one that was removed first. */
export function removedNames(lines: readonly unknown[]): RemovedName[] {
  const present = new Map<string, NameEntry>();
  const removed = new Map<string, RemovedName>();
  for (const line of lines) {
    for (const edit of editsOf([line])) {
      if (edit.op === "set") {
        present.set(edit.entry.name, edit.entry);
        removed.delete(edit.entry.name);
      } else if (edit.op === "remove") {
        const entry = present.get(edit.name);
        present.delete(edit.name);
        removed.delete(edit.name);
        // A name that was renamed is not lost: it has another name.
        if (entry !== undefined && edit.renamedTo === undefined)
          removed.set(edit.name, { name: edit.name, removedAt: dateOf(line), entry });
      }
    }
  }
  return [...removed.values()].reverse();
}
