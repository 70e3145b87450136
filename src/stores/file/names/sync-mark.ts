import { join } from "node:path";
import {
  flag,
  list,
  literal,
  maybe,
  number,
  object,
  type Read,
  record,
  text,
} from "../../../domain/shape.ts";
import { listFolder, removeFile } from "../../../system/files/folder.ts";
import { readFileIfAny, replaceFile, syncFolder } from "../../../system/files/write.ts";
import { parseJson } from "../../../system/lines/json.ts";
import { digest } from "../home.ts";

/** How coarse file times may be: a change within this time of our look may leave no trace in the stamp. */
const TIME_GRAIN_MS = 20;

const asSeen = object({
  v: literal(1),
  view: text,
  /** How the mapping file looked. */
  stamp: text,
  /** The lines of the log that the file has shown. */
  lines: number,
  /** The lines of the log up to which the file, as it was, has been merged. */
  merged: number,
  /** The corrupt copies that lay beside it. */
  aside: list(text),
  /** Whether we made it where there was none, and only creations have touched it since. */
  made: maybe(flag),
  /** Why it could not be written, when it could not. */
  problem: maybe(text),
});

/** How much of the name log a mapping file showed when we last looked, and how it looked then. */
export type Seen = Read<typeof asSeen>;

/**
 * Remembers a look at one mapping file, so that the next command need not read it again. It is a cache: lost,
 * unreadable or not written, it costs time and no name of ours; what another tool does to the file in that
 * moment may be undone.
 */
export class SeenFile {
  /** What the mapping file is called in the log. */
  readonly id: string;
  private readonly path: string;

  constructor(
    folder: string,
    private readonly view: string,
  ) {
    this.id = digest(view).slice(0, 16);
    this.path = join(folder, `seen-${this.id}.json`);
  }

  read(): Seen | undefined {
    try {
      const bytes = readFileIfAny(this.path);
      return bytes === undefined ? undefined : asSeen(parseJson(bytes));
    } catch {
      return undefined;
    }
  }

  write({
    changedMs,
    nowMs,
    stamp,
    ...seen
  }: Omit<Seen, "v" | "view"> & { changedMs: number; nowMs: number }): void {
    // A stamp that nothing equals makes the next reader look into the file once more.
    const isFresh = Math.abs(nowMs - changedMs) < TIME_GRAIN_MS;
    const content: Seen = { v: 1, view: this.view, stamp: isFresh ? "too fresh" : stamp, ...seen };
    try {
      replaceFile(this.path, JSON.stringify(content), { sync: false });
    } catch {
      // A full disk: an older look stays, and with it the next command merges once more.
    }
  }
}

/**
 * Deletes all sync marks of a folder, durably, before the log is made shorter: without a mark, a name that a mapping
 * file lacks is never taken for removed. Returns a function that puts them back with new counts. A mark that is torn or
 * of another version does not come back.
 *
 * @throws where one can't be read or removed; all are back then.
 */
export function withdrawSeen(folder: string): (dropped: ReadonlySet<number>) => void {
  const paths = listFolder(folder)
    .filter((file) => file.startsWith("seen-"))
    .map((file) => join(folder, file));
  const looks = paths.map((path) => ({ path, found: parseJson(readFileIfAny(path) ?? Buffer.alloc(0)) }));
  const putBack = (dropped: ReadonlySet<number>) => {
    const left = (lines: number) => lines - [...dropped].filter((index) => index < lines).length;
    for (const { path, found } of looks) {
      const seen = asSeen(found);
      if (seen === undefined) continue;
      const renumbered = { ...record(found), lines: left(seen.lines), merged: left(seen.merged) };
      try {
        replaceFile(path, JSON.stringify(renumbered), { sync: false });
      } catch {
        // As a look that could not be written.
      }
    }
  };
  try {
    for (const path of paths) removeFile(path);
    syncFolder(folder);
  } catch (error) {
    putBack(new Set());
    throw error;
  }
  return putBack;
}
