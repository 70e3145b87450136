import { join } from "node:path";
import { AppError } from "../../../domain/errors.ts";
import { supersededUses } from "../../../domain/names/compaction.ts";
import { applyEdits, editsOf, type NameLogLine, replay } from "../../../domain/names/log.ts";
import type { NameEdit, NameEntry, NameScope, NameTable } from "../../../domain/names/name.ts";
import { quoteWord } from "../../../domain/words.ts";
import { AppendLog } from "../../../system/lines/append-log.ts";
import { GenerationLock } from "../../../system/locks/generation-lock.ts";
import { withLock } from "../../../system/locks/with-lock.ts";
import { withdrawSeen } from "./sync-mark.ts";

/** A log below this size is read and cached whole instead of being searched. */
const SEARCHED_BYTES = 256 * 1024;

/** Each time the log has grown by this much, the writer checks whether it can be made shorter. */
const LOOKED_OVER_BYTES = 32 * 1024;
/** The log is rewritten when at least this share of its lines is redundant. */
const NEEDLESS_PART = 1 / 4;

const NONE: ReadonlySet<number> = new Set();

/** The names of one scope. Their log is the truth. */
export class LoggedNames {
  protected readonly log: AppendLog;
  private readonly lock: GenerationLock;
  private replayed: { count: number; last: unknown; table: NameTable } = {
    count: 0,
    last: undefined,
    table: replay([]),
  };
  private hasGrownLong = false;

  constructor(
    private readonly folder: string,
    private readonly scope: NameScope,
    protected readonly now: () => Date,
  ) {
    this.log = new AppendLog(join(folder, "log.jsonl"), { v: 1, kind: "names", ...scope });
    this.lock = new GenerationLock(join(folder, "lock"));
  }

  /** Returns the current names. */
  async read(_signal?: AbortSignal | undefined): Promise<NameTable> {
    return this.tableOf(this.lines());
  }

  /**
   * Returns the current entry of one name. Of a long log, only the lines that mention the name are parsed.
   */
  async find(name: string): Promise<NameEntry | undefined> {
    const found = this.log.search(JSON.stringify(name), SEARCHED_BYTES);
    const names = found === undefined || !this.isAll(found.count) ? await this.read() : replay(found.values);
    return names.entries.get(name);
  }

  /** Whether a log with this many lines holds all that is known of the names. */
  protected isAll(_count: number): boolean {
    return true;
  }

  /** Returns the current lines of the log, oldest first. */
  lines(): readonly unknown[] {
    return this.log.read().values;
  }

  /**
   * Returns the names that result from the lines. Replays only the lines that were added since the last call.
   */
  protected tableOf(lines: readonly unknown[]): NameTable {
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
      const table = this.tableOf(this.lines());
      const edits = change(table);
      this.append(edits);
      return applyEdits(table, edits);
    }, signal);
  }

  /** Appends the edits and returns by how many lines the log has grown. */
  protected append(edits: NameEdit[]): number {
    if (edits.length === 0) return 0;
    const line: NameLogLine = { at: this.now().toISOString(), edits };
    // A lost time of last use does no harm, so a turn does not wait for the disk once more.
    const { fromBytes, toBytes } = this.log.append([line], {
      sync: edits.some((edit) => edit.op !== "used"),
    });
    const parts = [fromBytes, toBytes].map((bytes) => Math.floor(bytes / LOOKED_OVER_BYTES));
    this.hasGrownLong ||= parts[0] !== parts[1];
    return 1;
  }

  protected locked<T>(work: () => T, signal: AbortSignal | undefined): Promise<T> {
    const workAndTidy = () => {
      const result = work();
      if (this.hasGrownLong) this.shorten();
      return result;
    };
    return withLock(this.lock, this.now, workAndTidy, () => this.stuck(), signal);
  }

  /**
   * Drops times of use that a later line supersedes, since each turn adds one. A log that can't be shortened
   * stays long.
   */
  private shorten(): void {
    this.hasGrownLong = false;
    const choose = (lines: readonly unknown[]) => {
      const superseded = supersededUses(lines);
      return superseded.size < lines.length * NEEDLESS_PART ? NONE : superseded;
    };
    let dropped = NONE;
    let putBack = (_dropped: ReadonlySet<number>): void => undefined;
    try {
      dropped = this.log.drop(choose, () => {
        putBack = withdrawSeen(this.folder);
      });
    } catch {
      // The edits are on disk; the next command that tries may succeed.
    }
    putBack(dropped);
  }

  private stuck(): AppError {
    const { workspace, agent, mappingFile } = this.scope;
    const state = this.lock.state();
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
