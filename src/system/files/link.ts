import { linkSync, lstatSync } from "node:fs";
import { errnoOf } from "../errors.ts";

/**
 * Gives a file another name, which must be free. If the reply of an NFS server is lost, the call is repeated
 * and fails with EEXIST for the name that it has given itself.
 */
export function linkFile(from: string, to: string): void {
  try {
    linkSync(from, to);
  } catch (error) {
    if (errnoOf(error) !== "EEXIST" || !isSameFile(from, to)) throw error;
  }
}

function isSameFile(one: string, other: string): boolean {
  const [left, right] = [one, other].map((path) => lstatSync(path, { bigint: true, throwIfNoEntry: false }));
  return left !== undefined && left.ino === right?.ino && left.dev === right.dev;
}
