import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { AppError } from "../../domain/errors.ts";
import type { NameEdit, NameEntry, NameTable } from "../../domain/name.ts";
import { applyEdits, type NameLogLine, NO_NAMES } from "../../domain/name-log.ts";
import { isSameInView, type Merge, mergeNames } from "../../domain/name-merge.ts";
import { AppendLog } from "../../system/append-log.ts";
import { readFileIfAny, replaceFile } from "../../system/atomic-file.ts";
import { errnoOf } from "../../system/errno.ts";
import { GenerationLock } from "../../system/generation-lock.ts";
import { digest } from "../../system/state-home.ts";
import type { Mapping } from "./mapping-format.ts";
import type { MappingView, ViewContent } from "./mapping-view.ts";

/** How coarse file times may be: a change within this time of our look may leave no trace in the stamp. */
const TIME_GRAIN_MS = 20;
const LOCK_PATIENCE_MS = 30_000;

/** How much of the name log a mapping file showed when we last looked, and how it looked then. */
interface Seen {
  v: 1;
  view: string;
  stamp: string;
  /** The lines of the log that the file has shown. */
  lines: number;
  /** The lines of the log up to which the file, as it is now, has been merged. */
  merged: number;
  atMs: number;
}

interface Loaded {
  table: NameTable;
  lines: number;
  seen: Seen | undefined;
  /** Edits by other tools, found in the mapping file and not yet in the log. */
  merge: Merge | undefined;
  content: ViewContent | undefined;
}

/** The names of one workspace and agent: a log that is the truth, and a mapping file that shows it. */
export class ScopeNames {
  private readonly log: AppendLog;
  private readonly lock: GenerationLock;
  private readonly seenPath: string;

  constructor(
    folder: string,
    scope: { workspace: string; agent: string },
    private readonly view: MappingView,
    private readonly now: () => Date,
    private readonly notify: (message: string) => void,
  ) {
    this.log = new AppendLog(join(folder, "log.jsonl"), { v: 1, kind: "names", ...scope });
    this.lock = new GenerationLock(join(folder, "lock"));
    this.seenPath = join(folder, `seen-${digest(view.path).slice(0, 16)}.json`);
  }

  /** The names as they are now. What other tools changed in the mapping file is taken over first. */
  async read(): Promise<NameTable> {
    // Most of the time nothing has to be merged, and then nobody has to be kept out.
    const { table, isMerged } = this.look();
    return isMerged ? table : this.update(() => []);
  }

  /** Applies the edits that `change` asks for; resolves once they are durable. */
  update(change: (names: NameTable) => NameEdit[]): Promise<NameTable> {
    return this.locked(() => {
      const loaded = this.load();
      const edits = change(loaded.table);
      const followed = loaded.merge?.edits ?? [];
      const lines = [...followed, ...edits].map((edit) => ({ ...edit, at: this.now().toISOString() }));
      // A lost time of last use hurts nobody, so it does not cost a turn another wait for the disk.
      this.log.append(lines, { sync: lines.some((line) => line.op !== "used") });
      const table = applyEdits(loaded.table, edits);
      const isStale =
        loaded.merge?.isViewStale || edits.some((edit) => isVisible(edit, loaded.table.entries));
      const isShown = !isStale || this.show(table.entries, loaded);
      if (lines.length > 0 || loaded.merge !== undefined) {
        const merged = loaded.lines + lines.length;
        this.remember(merged, isShown ? merged : (loaded.seen?.lines ?? 0));
      }
      return table;
    });
  }

  /** The names of the log alone, and whether the mapping file has nothing to add to them. */
  private look() {
    const edits = this.log.read().values as NameLogLine[];
    const table = applyEdits(NO_NAMES, edits);
    const seen = this.readSeen();
    const { stamp } = this.view.stamp();
    const isUnchanged = seen?.stamp === stamp && seen.merged === edits.length;
    const isEmpty = stamp === "absent" && table.entries.size === 0;
    return { edits, table, seen, isMerged: isUnchanged || isEmpty };
  }

  private load(): Loaded {
    const { edits, table: ours, seen, isMerged } = this.look();
    const unmerged = { table: ours, lines: edits.length, seen, merge: undefined, content: undefined };
    if (isMerged) return unmerged;
    const base = applyEdits(NO_NAMES, edits.slice(0, seen?.lines ?? 0)).entries;
    const content = this.view.read();
    if (content.kind === "unreadable") return { ...unmerged, content };
    const theirs = content.kind === "ok" ? withOurEffort(content.mapping, ours.entries) : undefined;
    const merge = mergeNames(base, ours.entries, {
      entries: theirs,
      setAsideSince: seen !== undefined && this.view.wasSetAsideSince(seen.atMs),
    });
    if (merge.writtenBack.length > 0)
      this.notify(lostNotice(merge.writtenBack, content.kind, this.view.path));
    return { ...unmerged, table: applyEdits(ours, merge.edits), merge, content };
  }

  /** Writes the mapping file. Returns false when it can't be written, after a notice. */
  private show(entries: ReadonlyMap<string, NameEntry>, loaded: Loaded): boolean {
    const content = loaded.content ?? this.view.read();
    try {
      if (content.kind === "unreadable") throw Object.assign(new Error(), { code: content.errno });
      if (content.kind === "corrupt") this.view.setAside();
      this.view.write(entries, content.kind === "ok" ? content.mapping : undefined);
      return true;
    } catch (error) {
      const reason = errnoOf(error) ?? (error instanceof Error ? error.message : String(error));
      this.notify(
        `The mapping file ${this.view.path} could not be written (${reason}). No name is lost; only the original scripts can't see the change.`,
      );
      return false;
    }
  }

  private remember(merged: number, lines: number): void {
    const { stamp, changedMs } = this.view.stamp();
    const atMs = this.now().getTime();
    const isFresh = atMs - changedMs < TIME_GRAIN_MS;
    // A stamp that nothing equals makes the next reader look into the file once more.
    const seen: Seen = {
      v: 1,
      view: this.view.path,
      stamp: isFresh ? "too fresh" : stamp,
      lines,
      merged,
      atMs,
    };
    replaceFile(this.seenPath, JSON.stringify(seen), { sync: false });
  }

  private readSeen(): Seen | undefined {
    try {
      const bytes = readFileIfAny(this.seenPath);
      return bytes === undefined ? undefined : (JSON.parse(bytes.toString("utf8")) as Seen);
    } catch {
      // Written without a sync, so a power failure may have emptied it; then the merge starts from nothing seen.
      return undefined;
    }
  }

  private async locked<T>(work: () => T): Promise<T> {
    const startedMs = performance.now();
    for (;;) {
      const release = this.lock.tryTake({ since: this.now().toISOString() });
      if (release !== undefined) {
        try {
          return work();
        } finally {
          release();
        }
      }
      if (performance.now() - startedMs > LOCK_PATIENCE_MS) throw this.stuck();
      // Uneven pauses keep fifty waiters from knocking all at once.
      await sleep(1 + Math.random() * 6);
    }
  }

  private stuck(): AppError {
    const state = this.lock.state();
    const who = state.state === "free" ? "many processes" : `process ${state.owner.process.pid}`;
    return new AppError("busy", `The names of ${this.view.workspace} were locked by ${who} for 30 seconds.`, {
      hint: "If that process is stopped, continue or end it, then run the command again.",
    });
  }
}

function isVisible(edit: NameEdit, entries: ReadonlyMap<string, NameEntry>): boolean {
  if (edit.op === "set") return !isSameInView(entries.get(edit.entry.name), edit.entry);
  return edit.op === "remove";
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
