import { chmodSync, readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { stateError } from "../errors.ts";
import { makeFolder, replaceFile } from "./write.ts";

/**
 * Copies the files of a folder over those of another; each file is replaced atomically. Other files there
 * stay.
 */
export function copyFolder(from: string, to: string): void {
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (entry.isDirectory()) {
      copyFolder(source, target);
      continue;
    }
    try {
      makeFolder(dirname(target));
      replaceFile(target, readFileSync(source));
      chmodSync(target, statSync(source).mode & 0o755);
    } catch (error) {
      throw stateError(error, "write", target);
    }
  }
}
