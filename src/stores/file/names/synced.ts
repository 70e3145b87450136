import { applyEdits, recentEdits, replayShown } from "../../../domain/names/log.ts";
import { isSameInView, type Merge, mergeNames } from "../../../domain/names/merge.ts";
import type { NameEdit, NameEntry, NameScope, NameTable } from "../../../domain/names/name.ts";
import { LoggedNames } from "./log.ts";
import type { MappingView, ViewContent } from "./mapping-file.ts";
import type { Mapping } from "./mapping-format.ts";
import { type Seen, SeenFile } from "./sync-mark.ts";

/** How long an unlocked writer may take from reading the file to replacing it. */
const UNLOCKED_WRITE_MS = 5_000;
/** A file that changes faster than we can merge it is left for the next command. */
const MOST_MERGES = 5;

/** The names as the log has them, with a look at the mapping file. */
interface Look {
  lines: readonly unknown[];
  table: NameTable;
  seen: Seen | undefined;
  /** How the file looked before it was read. */
  stamp: string;
  changedMs: number;
  /** Whether the file has nothing to add. */
  isMerged: boolean;
}

interface Loaded extends Look {
  merge: Merge | undefined;
  content: ViewContent | undefined;
}

/** The names of one scope that a mapping file shows, too: what other tools change there is taken over. */
export class ShownNames extends LoggedNames {
  private readonly seen: SeenFile;

  constructor(
    folder: string,
    scope: NameScope,
    private readonly view: MappingView,
    now: () => Date,
    private readonly notify: (message: string) => void,
  ) {
    super(folder, scope, now);
    this.seen = new SeenFile(folder, view.path);
  }

  /** The names as they are now. What other tools changed in the mapping file is taken over first. */
  override async read(signal?: AbortSignal | undefined): Promise<NameTable> {
    // Most of the time nothing has to be merged, and then nobody has to be kept out.
    const { table, isMerged } = this.look();
    return isMerged ? table : this.update(() => [], signal);
  }

  protected override isAll(count: number): boolean {
    const seen = this.seen.read();
    return seen?.stamp === this.view.stamp().stamp && seen.merged === count;
  }

  /** Applies the edits that `change` asks for; resolves once they are durable. */
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

  /** The names of the log alone, and whether the mapping file has something to add to them. */
  private look(): Look {
    const seen = this.seen.read();
    // Taken before the log and the file are read, so that no later change can hide behind it.
    const { stamp, changedMs } = this.view.stamp();
    const lines = this.lines();
    const table = this.tableOf(lines);
    const isUnchanged = seen?.stamp === stamp && seen.merged === lines.length;
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

  /** When edits of ours were made that whoever wrote the mapping file may not have read. */
  private defended({ seen, changedMs }: Look): { sinceMs: number; untilMs: number } {
    // A file that was never seen may be a copy of any age.
    if (seen === undefined) return { sinceMs: Number.NEGATIVE_INFINITY, untilMs: Number.POSITIVE_INFINITY };
    // What comes later than now was set before the clock was set back, long ago for all that can be told.
    const nowMs = Math.max(this.now().getTime(), changedMs);
    return { sinceMs: changedMs - UNLOCKED_WRITE_MS, untilMs: nowMs + UNLOCKED_WRITE_MS };
  }

  /**
   * Writes the mapping file. What another tool has put into it since it was read is merged first; only a
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

  /** What the file holds, to keep what is not ours; undefined when another tool was faster. */
  private contentOf(loaded: Loaded): ViewContent | undefined {
    if (loaded.content === undefined && this.view.stamp().stamp !== loaded.stamp) return undefined;
    // Read where the merge needed no look into it.
    const content = loaded.content ?? this.view.read();
    if (content.kind === "unreadable") throw new Error(content.reason);
    if (content.kind === "corrupt") this.view.setAside();
    return content;
  }

  /**
   * Removes a file that was made for a creation which then failed: there was none before. Returns whether it did; one
   * that anybody else has touched since stays.
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

  /** What another tool has changed in the mapping file, with which file that was. */
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
    more: Partial<Pick<Seen, "lines" | "problem" | "made">> = {},
  ): void {
    this.seen.write({
      stamp: look.stamp,
      changedMs: look.changedMs,
      nowMs: this.now().getTime(),
      merged,
      lines: merged,
      aside: this.view.asideNames(),
      ...more,
    });
  }

  private wasSetAside(seen: Seen | undefined): boolean {
    const known = new Set(seen?.aside ?? []);
    return seen !== undefined && this.view.asideNames().some((name) => !known.has(name));
  }
}

function isCreation(edit: NameEdit): boolean {
  return edit.op === "set" && (edit.reason === "create" || edit.reason === "replace");
}

/** Whether it is part of a creation, one that fails included. */
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

/** Valid JSON of some other kind holds no names either, and says nothing about ours. */
function isMapping(mapping: Mapping): boolean {
  return mapping.isModern && Object.keys(mapping.strangers).length === 0;
}

/** The mapping files of some agents have no place for the effort; its absence there says nothing. */
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
  return `${count} written back to ${path}, which ${why}; nothing is lost.`;
}
