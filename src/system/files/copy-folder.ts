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
    if (entry.isDirectory()) copyFolder(source, target);
    else copyFile(source, target);
  }
}

/** Copies a file over another one, which is replaced atomically. */
export function copyFile(from: string, to: string): void {
  try {
    makeFolder(dirname(to));
    replaceFile(to, readFileSync(from));
    chmodSync(to, statSync(from).mode & 0o755);
  } catch (error) {
    throw stateError(error, "write", to);
  }
}
