import { readFileSync } from "node:fs";
import { join } from "node:path";
import { listFolder } from "./folder.ts";

/** The values of all readable JSON files in a folder; an absent folder has none. */
export function readJsonFolder(folder: string): unknown[] {
  return listFolder(folder).flatMap((name) => {
    if (!name.endsWith(".json")) return [];
    try {
      return [JSON.parse(readFileSync(join(folder, name), "utf8")) as unknown];
    } catch {
      // Being written, removed or not ours to read: it says nothing.
      return [];
    }
  });
}
