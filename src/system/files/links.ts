import { realpathSync, statSync } from "node:fs";
import { errnoOf } from "../errors.ts";

/** Returns the path of the file that a link leads to; the path itself if it is no link or leads nowhere. */
export function realPathOf(path: string): string {
  try {
    return realpathSync(path);
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return path;
    throw error;
  }
}

/** Returns the permissions of a file; undefined if there is none. */
export function modeOf(path: string): number | undefined {
  const found = statSync(path, { throwIfNoEntry: false });
  return found === undefined ? undefined : found.mode & 0o777;
}
