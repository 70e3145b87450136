import { AppError } from "../../../domain/errors.ts";
import { applyEdits, editsOf, type NameLogLine, replay } from "../../../domain/names/log.ts";
import type { NameEdit, NameScope, NameTable } from "../../../domain/names/name.ts";
import type { FoundName, NameUse } from "../../../domain/store.ts";
import { quoteWord } from "../../../domain/words.ts";
import type { AppendLog } from "../../../system/lines/append-log.ts";
import { withLock } from "../../../system/locks/with-lock.ts";
import type { NamesFolder } from "./folder.ts";

/** The names of one scope. Their log is the truth; only the times of their last uses are in another file. */
export class NameLog {
  private readonly log: AppendLog;
  private replayed: { count: number; last: unknown; table: NameTable } = {
    count: 0,
    last: undefined,
    table: replay([]),
  };

  constructor(
    private readonly folder: NamesFolder,
    private readonly scope: NameScope,
    protected readonly now: () => Date,
  ) {
    this.log = folder.log(scope);
  }

  /** Returns the current names. */
  async read(_signal?: AbortSignal | undefined): Promise<NameTable> {
    return this.tableOf(this.lines().lines);
  }

  /** Looks for one name. Of a long log, only the lines that mention the name are parsed. */
  async find(name: string): Promise<FoundName> {
    const found = this.log.search(JSON.stringify(name));
    const names =
      found === undefined || !this.isAll(found.bytes)
        ? await this.read()
        : this.folder.uses.addTo(replay(found.values), name);
    return { entry: names.entries.get(name), reservedBy: names.reserved.get(name) };
  }

  /**
   * Records the use of a name without reading the others. Returns false where that can't be done: the log is short or
   * was read already, there is more to know than it holds, the name is not what is expected, or the times are due for
   * a look at all of them.
   */
  async use({ name, usedAt, isSame }: NameUse): Promise<boolean> {
    return this.locked(() => {
      const found = this.log.search(JSON.stringify(name));
      if (found === undefined || !this.isAll(found.bytes)) return false;
      const table = replay(found.values);
      const entry = table.entries.get(name);
      return entry !== undefined && isSame(entry) && this.folder.uses.addOne(name, usedAt, table);
    }, undefined);
  }

  /** Whether a log of this size holds all that is known of the names. */
  protected isAll(_bytes: number): boolean {
    return true;
  }

  /** Returns all lines, oldest first; the last one has the uses that are not in the log. */
  async history(): Promise<readonly unknown[]> {
    // First takes over the changes of other tools.
    await this.read();
    const { lines } = this.lines();
    const edits = this.usesOf(this.tableOf(lines).entries.keys());
    return edits.length === 0 ? lines : [...lines, { at: this.now().toISOString(), edits }];
  }

  /** Returns the current lines of the log, oldest first, and its size. */
  protected lines(): { lines: readonly unknown[]; bytes: number } {
    const { values: lines, bytes } = this.log.read();
    return { lines, bytes };
  }

  protected logBytes(): number {
    return this.log.size();
  }

  /** Returns the names that result from the lines, with the times of their last uses. */
  protected tableOf(lines: readonly unknown[]): NameTable {
    return this.folder.uses.addTo(this.replay(lines));
  }

  /** Replays only the lines that were added since the last call. */
  private replay(lines: readonly unknown[]): NameTable {
    const { count, last, table } = this.replayed;
    const isLonger = count > 0 && lines[count - 1] === last;
    const added = isLonger ? lines.slice(count) : lines;
    if (!isLonger || added.length > 0) {
      this.replayed = {
        count: lines.length,
        last: lines.at(-1),
        table: isLonger ? applyEdits(table, editsOf(added)) : replay(lines),
      };
    }
    return this.replayed.table;
  }

  /** Applies the edits that `change` returns; resolves once they are durable. */
  update(change: (names: NameTable) => NameEdit[], signal?: AbortSignal | undefined): Promise<NameTable> {
    return this.locked(() => {
      const table = this.tableOf(this.lines().lines);
      const edits = change(table);
      this.append(edits);
      return applyEdits(table, edits);
    }, signal);
  }

  /**
   * Saves edits of the names as they were read last. Returns by how many lines the log has grown. Uses alone
   * are not in the log: a lost time of use does no harm, so a turn does not wait for the disk once more. A
   * move takes the last use along, because from then on only the log knows what the name pointed at.
   */
  protected append(edits: readonly NameEdit[]): number {
    if (edits.length === 0) return 0;
    if (edits.every((edit) => edit.op === "used")) {
      this.folder.uses.add(edits, this.replayed.table);
      return 0;
    }
    const line: NameLogLine = {
      at: this.now().toISOString(),
      edits: [...this.usesOf(moved(edits)), ...edits],
    };
    this.log.append([line]);
    return 1;
  }

  /** Returns the uses of some names that the log does not have. */
  private usesOf(names: Iterable<string>): NameEdit[] {
    const logged = this.replayed.table;
    const { entries } = this.folder.uses.addTo(logged);
    return [...names].flatMap((name) => {
      const entry = entries.get(name);
      const usedAt = entry === logged.entries.get(name) ? undefined : entry?.usedAt;
      return usedAt === undefined ? [] : [{ op: "used", name, usedAt }];
    });
  }

  protected locked<T>(work: () => T, signal: AbortSignal | undefined): Promise<T> {
    return withLock(this.folder.lock, this.now, work, () => this.stuck(), signal);
  }

  private stuck(): AppError {
    const { workspace, agent, mappingFile } = this.scope;
    const state = this.folder.lock.state();
    const who = state.state === "free" ? "many processes" : `process ${state.owner.process.pid}`;
    const isElsewhere = state.state === "elsewhere";
    const where = isElsewhere ? ` on ${state.owner.process.host}` : "";
    return new AppError(
      "busy",
      `The names of ${agent} in ${mappingFile ?? workspace} were locked by ${who}${where} for 30 seconds.`,
      {
        hint: isElsewhere
          ? `That process can't be seen from here. If it is gone for good, free them with: agent-sessions doctor --break-lock --agent ${agent} --workspace ${quoteWord(workspace)}`
          : "If that process is stopped, continue or end it, then run the command again.",
      },
    );
  }
}

function moved(edits: readonly NameEdit[]): Set<string> {
  return new Set(
    edits.flatMap((edit) => (edit.op === "set" ? edit.entry.name : edit.op === "remove" ? edit.name : [])),
  );
}
