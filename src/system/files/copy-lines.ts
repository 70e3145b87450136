import { randomBytes } from "node:crypto";
import { closeSync, constants, renameSync, rmSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { readHead } from "../lines/read.ts";
import { openPrivate, syncPath, writeFully } from "./write.ts";

const { O_CREAT, O_EXCL, O_NOFOLLOW, O_WRONLY } = constants;
const CHUNK_CHARACTERS = 1024 * 1024;

/**
 * Copies the complete lines of a file as it is now, each changed, into a new one, private to this user. The new file
 * appears whole and durable, or not at all. Returns how many bytes it has.
 */
export function copyLines(source: string, target: string, change: (line: string) => string): number {
  let bytes = 0;
  const temporary = join(dirname(target), `.tmp-${randomBytes(8).toString("hex")}`);
  try {
    const output = openPrivate(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW);
    try {
      let chunk = "";
      const write = (sync: boolean) => {
        const written = Buffer.from(chunk);
        writeFully(output, written, sync);
        bytes += written.length;
        chunk = "";
      };
      for (const line of readHead(source, statSync(source).size)) {
        chunk += `${change(line.toString("utf8"))}\n`;
        if (chunk.length >= CHUNK_CHARACTERS) write(false);
      }
      write(true);
    } finally {
      closeSync(output);
    }
    renameSync(temporary, target);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
  syncPath(dirname(target));
  return bytes;
}
