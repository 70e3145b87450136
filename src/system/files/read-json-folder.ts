import { readFileSync } from "node:fs";
import { join } from "node:path";
import { AppError } from "../../domain/errors.ts";
import { errnoOf } from "../errors.ts";
import { listFolder } from "./folder.ts";

/** The values of all readable JSON files in a folder; an absent folder has none, nor has one below a file. */
export function readJsonFolder(folder: string): unknown[] {
  return namesIn(folder).flatMap((name) => {
    if (!name.endsWith(".json")) return [];
    try {
      return [JSON.parse(readFileSync(join(folder, name), "utf8")) as unknown];
    } catch {
      // Being written, removed or not ours to read: it says nothing.
      return [];
    }
  });
}

function namesIn(folder: string): string[] {
  try {
    return listFolder(folder);
  } catch (error) {
    if (error instanceof AppError && errnoOf(error.cause) === "ENOTDIR") return [];
    throw error;
  }
}
