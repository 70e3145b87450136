import { closeSync, constants, openSync, readSync, rmSync } from "node:fs";
import { moveIfThere } from "./folder.ts";
import { openPrivate, writeFully } from "./write.ts";

const CHUNK_BYTES = 256 * 1024;
const { O_APPEND, O_CREAT, O_NOFOLLOW, O_RDONLY, O_WRONLY } = constants;

/** Puts the bytes of a file from `from` to `to` into another one, which is replaced in one step; not durable. */
export function copyPart(source: string, target: string, { from, to }: { from: number; to: number }): void {
  const temporary = `${target}.tmp`;
  rmSync(temporary, { force: true });
  const input = openSync(source, O_RDONLY | O_NOFOLLOW);
  try {
    const output = openPrivate(temporary, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW);
    try {
      const chunk = Buffer.allocUnsafe(Math.min(CHUNK_BYTES, Math.max(1, to - from)));
      for (let at = from; at < to; ) {
        const bytes = readSync(input, chunk, 0, Math.min(chunk.length, to - at), at);
        if (bytes === 0) break;
        at += bytes;
        writeFully(output, chunk.subarray(0, bytes), false);
      }
    } finally {
      closeSync(output);
    }
  } finally {
    closeSync(input);
  }
  moveIfThere(temporary, target);
}
