import { applyEdits, recentEdits, replayShown } from "../../../domain/names/log.ts";
import { isSameInView, type Merge, mergeNames } from "../../../domain/names/merge.ts";
import type { NameEdit, NameEntry, NameScope, NameTable } from "../../../domain/names/name.ts";
import type { NamesFolder } from "./folder.ts";
import { NameLog } from "./log.ts";
import type { MappingView, ViewContent } from "./mapping-file.ts";
import type { Mapping } from "./mapping-format.ts";
import { type SyncMark, SyncMarkFile } from "./sync-mark.ts";

/** How long a tool without a lock may take from reading the file to replacing it. */
const UNLOCKED_WRITE_MS = 5_000;
/** After this many tries, a file that keeps changing is left to the next command. */
const MOST_MERGES = 5;

/** The names in the log, and the state of the mapping file. */
interface Look {
  lines: readonly unknown[];
  table: NameTable;
  seen: SyncMark | undefined;
  /** The stamp of the file before it was read. */
  stamp: string;
  changedMs: number;
  /** Whether the file has nothing to add. */
  isMerged: boolean;
}

interface Loaded extends Look {
  merge: Merge | undefined;
  content: ViewContent | undefined;
}

/**
 * The names of one scope that a mapping file shows, too. Changes of other tools in the file are taken over.
 */
export class SyncedNames extends NameLog {
  private readonly seen: SyncMarkFile;

  constructor(
    folder: NamesFolder,
    scope: NameScope,
    private readonly view: MappingView,
    now: () => Date,
    private readonly notify: (message: string) => void,
    private readonly onlyLooks = false,
  ) {
    super(folder, scope, now);
    this.seen = new SyncMarkFile(folder.path, view.path);
  }

  /** Returns the current names, after taking over what other tools changed in the mapping file. */
  override async read(signal?: AbortSignal | undefined): Promise<NameTable> {
    // Usually there is nothing to merge, and then no lock is needed.
    const { table, isMerged } = this.look();
    if (isMerged) return table;
    return this.onlyLooks ? this.load().table : this.update(() => [], signal);
  }

  protected override isAll(bytes: number): boolean {
    const seen = this.seen.read();
    return seen?.stamp === this.view.stamp().stamp && seen.bytes === bytes;
  }

  /** Applies the edits that `change` returns; resolves once they are durable. */
  override update(
    change: (names: NameTable) => NameEdit[],
    signal?: AbortSignal | undefined,
  ): Promise<NameTable> {
    return this.locked(() => {
      const loaded = this.load();
      const edits = change(loaded.table);
      const table = applyEdits(loaded.table, edits);
      const written = this.append([...this.takenOver(loaded), ...edits]);
      const isStale =
        loaded.merge?.isViewStale || edits.some((edit) => isVisible(edit, loaded.table.entries));
      if (isStale && this.takeBack(table, loaded, edits)) {
        this.remember({ ...loaded, ...this.view.stamp() }, loaded.lines.length + written);
        return table;
      }
      if (isStale) return this.show(table, loaded, loaded.lines.length + written, edits);
      const made = loaded.seen?.made === true && this.takenOver(loaded).length === 0;
      if (written > 0 || loaded.merge !== undefined)
        this.remember(loaded, loaded.lines.length + written, made ? { made } : {});
      return table;
    }, signal);
  }

  /** Returns the names of the log alone, and whether the mapping file has something to add to them. */
  private look(): Look {
    const seen = this.seen.read();
    // Taken before the log and the file are read, so that a later change always changes the stamp.
    const { stamp, changedMs } = this.view.stamp();
    const { lines, bytes } = this.lines();
    const table = this.tableOf(lines);
    const isUnchanged = seen?.stamp === stamp && seen.merged === lines.length && seen.bytes === bytes;
    const isEmpty = stamp === "absent" && table.entries.size === 0;
    return { lines, table, seen, stamp, changedMs, isMerged: isUnchanged || isEmpty };
  }

  private load(): Loaded {
    const look = this.look();
    if (look.isMerged) return { ...look, merge: undefined, content: undefined };
    const { lines, table, seen } = look;
    const content = this.view.read();
    if (content.kind === "unreadable") return { ...look, merge: undefined, content };

    const base = replayShown(lines, seen?.lines ?? 0, this.seen.id);
    const recent = recentEdits(lines, this.defended(look), this.seen.id);
    const mapping = content.kind === "ok" ? content.mapping : undefined;
    const view = {
      entries: mapping === undefined ? undefined : withOurEffort(mapping, table.entries),
      isTrusted: mapping !== undefined && isMapping(mapping) && !this.wasSetAside(seen),
    };
    const merge = mergeNames(base, table.entries, view, recent);
    if (merge.writtenBack.length > 0)
      this.notify(lostNotice(merge.writtenBack, content.kind, this.view.path));
    return { ...look, table: applyEdits(table, merge.edits), merge, content };
  }

  /** Returns the time range of our edits that the writer of the mapping file may not have read. */
  private defended({ seen, changedMs }: Look): { sinceMs: number; untilMs: number } {
    // A file without a sync mark may be a copy of any age.
    if (seen === undefined) return { sinceMs: Number.NEGATIVE_INFINITY, untilMs: Number.POSITIVE_INFINITY };
    // An edit later than now was made before the clock was set back: its real age is unknown, and may be
    // long.
    const nowMs = Math.max(this.now().getTime(), changedMs);
    return { sinceMs: changedMs - UNLOCKED_WRITE_MS, untilMs: nowMs + UNLOCKED_WRITE_MS };
  }

  /**
   * Writes the mapping file. Changes that another tool made since the file was read are merged first; only a
   * change in the microseconds of the rename can be lost, as between any two of the original scripts.
   */
  private show(wanted: NameTable, read: Loaded, written: number, edits: readonly NameEdit[]): NameTable {
    let table = wanted;
    let loaded = read;
    let lines = written;
    for (let tries = 1; ; tries += 1) {
      try {
        const content = this.contentOf(loaded);
        if (content !== undefined && this.view.write(table.entries, content, edits.some(isCreation))) {
          const isMade = content.kind === "absent" || loaded.seen?.made === true;
          const made = isMade && edits.every(isOfCreation) && this.takenOver(loaded).length === 0;
          this.remember({ ...loaded, ...this.view.stamp() }, lines, made ? { made } : {});
          return table;
        }
        if (tries === MOST_MERGES) return table;
      } catch (error) {
        this.fail(error instanceof Error ? error.message : String(error), loaded, lines);
        return table;
      }
      loaded = this.load();
      lines = loaded.lines.length + this.append(this.takenOver(loaded));
      table = loaded.table;
    }
  }

  /**
   * Returns the content of the file, so that what is not ours can be kept; undefined when another tool was
   * faster.
   */
  private contentOf(loaded: Loaded): ViewContent | undefined {
    if (loaded.content === undefined && this.view.stamp().stamp !== loaded.stamp) return undefined;
    // Read here if the merge did not need to read it.
    const content = loaded.content ?? this.view.read();
    if (content.kind === "unreadable") throw new Error(content.reason);
    if (content.kind === "corrupt") this.view.setAside();
    return content;
  }

  /**
   * Deletes a file that was created for a name whose creation then failed. Returns whether it did; a file
   * that anybody else has changed since stays.
   */
  private takeBack(table: NameTable, loaded: Loaded, edits: readonly NameEdit[]): boolean {
    const isUndone = table.entries.size === 0 && edits.some(isWithdrawal) && edits.every(isOfCreation);
    if (!isUndone || loaded.seen?.made !== true || this.takenOver(loaded).length > 0) return false;
    const content = this.view.read();
    if (content.kind !== "ok" || !isMapping(content.mapping)) return false;
    if (Object.keys(content.mapping.rest).length > 0 || this.view.stamp().stamp !== loaded.stamp)
      return false;
    try {
      this.view.remove();
      return true;
    } catch {
      return false;
    }
  }

  /** Returns the changes of another tool in the mapping file, marked with the id of that file. */
  private takenOver({ merge }: Loaded): NameEdit[] {
    return (merge?.edits ?? []).map((edit) =>
      edit.op === "set" || edit.op === "remove" ? { ...edit, view: this.seen.id } : edit,
    );
  }

  private fail(problem: string, loaded: Loaded, lines: number): void {
    if (loaded.seen?.problem !== problem) {
      this.notify(
        `The mapping file ${this.view.path} could not be written (${problem}). No name is lost; only the original scripts can't see the change.`,
      );
    }
    this.remember({ ...loaded, ...this.view.stamp() }, lines, { lines: loaded.seen?.lines ?? 0, problem });
  }

  private remember(
    look: Look,
    merged: number,
    more: Partial<Pick<SyncMark, "lines" | "problem" | "made">> = {},
  ): void {
    this.seen.write({
      stamp: look.stamp,
      changedMs: look.changedMs,
      nowMs: this.now().getTime(),
      merged,
      bytes: this.logBytes(),
      lines: merged,
      aside: this.view.asideNames(),
      ...more,
    });
  }

  private wasSetAside(seen: SyncMark | undefined): boolean {
    const known = new Set(seen?.aside ?? []);
    return seen !== undefined && this.view.asideNames().some((name) => !known.has(name));
  }
}

function isCreation(edit: NameEdit): boolean {
  return edit.op === "set" && (edit.reason === "create" || edit.reason === "replace");
}

/** Whether the edit is part of a creation, or of a failed one. */
function isOfCreation(edit: NameEdit): boolean {
  if (edit.op !== "set" && edit.op !== "remove") return true;
  return edit.reason === "create" || edit.reason === "create failed";
}

function isWithdrawal(edit: NameEdit): boolean {
  return edit.op === "remove" && edit.reason === "create failed";
}

function isVisible(edit: NameEdit, entries: ReadonlyMap<string, NameEntry>): boolean {
  if (edit.op === "set") return !isSameInView(entries.get(edit.entry.name), edit.entry);
  return edit.op === "remove";
}

/** Whether the file is a mapping. Other valid JSON holds no names either, but says nothing about ours. */
function isMapping(mapping: Mapping): boolean {
  return mapping.isModern && Object.keys(mapping.strangers).length === 0;
}

/**
 * Adds our effort to the names: the mapping files of some agents have no field for it, so a missing effort
 * says nothing.
 */
function withOurEffort(mapping: Mapping, ours: ReadonlyMap<string, NameEntry>): Map<string, NameEntry> {
  return new Map(
    [...mapping.entries].map(([name, found]) => {
      const known = ours.get(name);
      const isOurs = known?.sessionId === found.sessionId && found.lastEffort === undefined;
      return [
        name,
        isOurs && known.lastEffort !== undefined ? { ...found, lastEffort: known.lastEffort } : found,
      ];
    }),
  );
}

function lostNotice(names: readonly string[], kind: ViewContent["kind"], path: string): string {
  const count = names.length === 1 ? "1 name was" : `${names.length} names were`;
  const why = kind === "corrupt" ? "is corrupt" : kind === "absent" ? "is gone" : "had lost them";
  return `${count} written back to ${path}, which ${why}; no name is lost.`;
}
