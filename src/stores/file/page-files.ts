import { join } from "node:path";
import { listFolder, modifiedMs, removeFile } from "../../system/files/folder.ts";
import { createFile, makeFolder } from "../../system/files/write.ts";
import type { StateHome } from "./home.ts";

/** A server that was killed leaves its file behind. What is in it is worth nothing then. */
const KEPT_MS = 7 * 86_400_000;

/**
 * Writes a file, for this user alone, that leads a browser to an address which only it may know: the words of a process
 * that opens a browser can be read by everybody.
 */
export function writePageFile(home: StateHome, id: string, address: string, now: Date): string {
  makeFolder(home.pagesFolder);
  for (const file of listFolder(home.pagesFolder)) {
    const old = join(home.pagesFolder, file);
    if (now.getTime() - (modifiedMs(old) ?? 0) > KEPT_MS) removeFile(old);
  }
  const path = join(home.pagesFolder, `${id}.html`);
  createFile(path, redirectTo(address), { sync: false });
  return path;
}

export function removePageFile(path: string): void {
  removeFile(path);
}

function redirectTo(address: string): string {
  return `<!doctype html><meta charset="utf-8"><meta name="referrer" content="no-referrer"><title>agent-sessions</title><meta http-equiv="refresh" content="0;url=${address}"><a href="${address}">agent-sessions</a>\n`;
}
