import { join } from "node:path";
import { flag, list, literal, maybe, number, object, type Read, text } from "../../../domain/shape.ts";
import { readJson } from "../../../system/files/read.ts";
import { replaceFile } from "../../../system/files/write.ts";
import { digest } from "../home.ts";

/** The resolution of file times: a change within this time of our look may leave the stamp unchanged. */
const TIME_GRAIN_MS = 20;

const asSeen = object({
  v: literal(1),
  view: text,
  /** The stamp of the mapping file. */
  stamp: text,
  /** How many lines of the log the file has shown. */
  lines: number,
  /** How many lines of the log the file, in this state, has been merged with. */
  merged: number,
  /** The size of the log then; absent in marks of 0.1. */
  bytes: maybe(number),
  /** The corrupt copies beside the file. */
  aside: list(text),
  /** Whether we created the file, and only creations have changed it since. */
  made: maybe(flag),
  /** Why the file could not be written, if it could not. */
  problem: maybe(text),
});

/**
 * A sync mark: how much of the name log a mapping file showed at our last look, and the state of the file
 * then.
 */
export type SyncMark = Read<typeof asSeen>;

/**
 * Stores the sync mark of one mapping file, so that the next command need not read the file again. It is a
 * cache: if the mark is lost, unreadable or not written, that costs time, but no name of ours. A change that
 * another tool makes to the file at that moment may be undone.
 */
export class SyncMarkFile {
  /** The id of the mapping file in the log. */
  readonly id: string;
  private readonly path: string;

  constructor(
    folder: string,
    private readonly view: string,
  ) {
    this.id = digest(view).slice(0, 16);
    this.path = join(folder, `seen-${this.id}.json`);
  }

  read(): SyncMark | undefined {
    try {
      return asSeen(readJson(this.path)?.value);
    } catch {
      return undefined;
    }
  }

  write({
    changedMs,
    nowMs,
    stamp,
    ...seen
  }: Omit<SyncMark, "v" | "view"> & { changedMs: number; nowMs: number }): void {
    // A stamp that never matches makes the next command read the file again.
    const isFresh = Math.abs(nowMs - changedMs) < TIME_GRAIN_MS;
    const content: SyncMark = { v: 1, view: this.view, stamp: isFresh ? "too fresh" : stamp, ...seen };
    try {
      replaceFile(this.path, JSON.stringify(content), { sync: false });
    } catch {
      // The disk is full: the older mark stays, so the next command merges once more.
    }
  }
}
