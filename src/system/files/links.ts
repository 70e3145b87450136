import { lstatSync, realpathSync } from "node:fs";
import { dirname } from "node:path";
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

/** Whether there is anything at a path, be it a link that leads nowhere. */
export function isThere(path: string): boolean {
  try {
    return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch {
    return false;
  }
}

/** Returns the permissions of a file that is no link; undefined if there is none. */
export function modeOf(path: string): number | undefined {
  const found = lstatSync(path, { throwIfNoEntry: false });
  return found?.isFile() ? found.mode & 0o777 : undefined;
}

/** Returns a link on the way from a folder to a path in it, both included; undefined if there is none. */
export function firstLink(root: string, path: string): string | undefined {
  const above = path.length > root.length ? firstLink(root, dirname(path)) : undefined;
  if (above !== undefined) return above;
  return lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() ? path : undefined;
}
