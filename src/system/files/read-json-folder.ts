import { readFileSync } from "node:fs";
import { join } from "node:path";
import { AppError } from "../../domain/errors.ts";
import { errnoOf } from "../errors.ts";
import { listFolder } from "./folder.ts";

/**
 * Returns the values of all readable JSON files in a folder; none if the folder is absent or its parent is a
 * file.
 */
export function readJsonFolder(folder: string): unknown[] {
  return namesIn(folder).flatMap((name) => {
    if (!name.endsWith(".json")) return [];
    try {
      return [JSON.parse(readFileSync(join(folder, name), "utf8")) as unknown];
    } catch {
      // The file is being written, was removed or is not readable: skip it.
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
