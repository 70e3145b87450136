import type { NameEdit, NameEntry, NameTable } from "../../../domain/names/name.ts";
import { record } from "../../../domain/shape.ts";
import { AppendLog } from "../../../system/lines/append-log.ts";

/** The file is rewritten when it has more than this many lines for each of its names, */
const LINES_PER_NAME = 10;
/** or this many lines more than names: every command that lists ten thousand names reads them all. */
const NEEDLESS_LINES = 1_000;
/** It is looked at as a whole each time it has grown by so much. */
const LOOK_BYTES = 64 * 1024;

/** One line of the file: a name was used. */
interface Use {
  name: string;
  /** What the name pointed at then. */
  sessionId: string;
  /** When the turn ended; ISO 8601. */
  usedAt: string;
  /** The time of the last use, or else of the creation, that the name log had then. */
  after?: string;
}

/**
 * When the names of a scope were last used, in a file beside their log: a line for each turn, which is not
 * forced to disk. Whatever happens to the file, nothing but times is lost, so none of its errors ends a
 * command.
 */
export class TimesOfUse {
  private readonly file: AppendLog;

  constructor(path: string) {
    this.file = new AppendLog(path, { v: 1, kind: "used" });
  }

  /**
   * Returns the names of the log with the times of their last uses. A use counts until the log says something
   * newer of its name. With `only`, other names may lack their times.
   */
  addTo(names: NameTable, only?: string): NameTable {
    const uses = this.read(only);
    if (uses.size === 0) return names;
    const entries = new Map(names.entries);
    for (const use of uses.values()) {
      const entry = entries.get(use.name);
      if (isOf(use, entry)) entries.set(use.name, { ...entry, usedAt: use.usedAt });
    }
    return { ...names, entries };
  }

  /**
   * Adds the use of one name without reading the others. Returns false, with nothing added, if the file is due to be
   * looked at as a whole. The caller has the names locked.
   */
  addOne(name: string, usedAt: string, names: NameTable): boolean {
    const uses = usesIn([{ op: "used", name, usedAt }], names);
    try {
      // Looked at now and then, and not by each turn: ten thousand names have as many lines.
      const before = this.file.size();
      const added = JSON.stringify(uses[0] ?? {}).length + 1;
      if (before === 0 || Math.floor(before / LOOK_BYTES) !== Math.floor((before + added) / LOOK_BYTES))
        return false;
      this.file.refuseNewer();
      this.file.append(uses, { sync: false });
    } catch {
      // The file can't be read or written: this time is lost.
    }
    return true;
  }

  /** Adds uses of names of the log. The caller has the names locked. */
  add(edits: readonly (NameEdit & { op: "used" })[], names: NameTable): void {
    const { entries } = names;
    const uses = usesIn(edits, names);
    if (uses.length === 0) return;
    try {
      // Read first: this throws for the file of a newer version, which must stay as it is.
      const lines = [...this.file.read().values, ...uses];
      this.file.append(uses, { sync: false });
      const kept = [...lastOf(lines).values()].filter((use) => isOf(use, entries.get(use.name)));
      const most = Math.min(LINES_PER_NAME * kept.length, NEEDLESS_LINES + kept.length);
      if (lines.length > most) this.file.replace(kept);
    } catch {
      // The file can't be read or written: these times are lost.
    }
  }

  /** Returns when a name was last used, in milliseconds; minus infinity if that is unknown. */
  newestMs(): number {
    let newest = Number.NEGATIVE_INFINITY;
    for (const { usedAt } of this.read().values()) {
      const time = Date.parse(usedAt);
      if (time > newest) newest = time;
    }
    return newest;
  }

  private read(only?: string): Map<string, Use> {
    try {
      const found = only === undefined ? undefined : this.file.search(JSON.stringify(only));
      return lastOf(found?.values ?? this.file.read().values);
    } catch {
      return new Map();
    }
  }
}

function usesIn(edits: readonly (NameEdit & { op: "used" })[], { entries }: NameTable): Use[] {
  return edits.flatMap(({ name, usedAt }): Use[] => {
    const entry = entries.get(name);
    if (entry === undefined) return [];
    const after = timeIn(entry);
    return [{ name, sessionId: entry.sessionId, usedAt, ...(after === undefined ? {} : { after }) }];
  });
}

/** Returns the last use of each name, with all its fields: a newer version may have added some. */
function lastOf(lines: readonly unknown[]): Map<string, Use> {
  return new Map(lines.filter(isUse).map((use) => [use.name, use]));
}

/** Not a shape of an object, which copies: ten thousand lines are checked in a millisecond. */
function isUse(line: unknown): line is Use {
  const { name, sessionId, usedAt } = record(line) ?? {};
  return typeof name === "string" && typeof sessionId === "string" && typeof usedAt === "string";
}

/** Whether the log still says what it said of the name when it was used. */
function isOf({ sessionId, after }: Use, entry: NameEntry | undefined): entry is NameEntry {
  // Not by which time is later: the clock may have been set back.
  return entry?.sessionId === sessionId && timeIn(entry) === after;
}

function timeIn({ usedAt, createdAt }: NameEntry): string | undefined {
  return usedAt ?? createdAt;
}
