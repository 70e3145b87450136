import { join } from "node:path";
import { AppError } from "../../../domain/errors.ts";
import type { SessionKey, SessionRecord, TurnEnded } from "../../../domain/session/session.ts";
import type { SessionFolder } from "../../../domain/store.ts";
import { stateError } from "../../../system/errors.ts";
import { readFileIfAny } from "../../../system/files/read.ts";
import { makeFolder, replaceFile } from "../../../system/files/write.ts";
import { AppendLog, newerState } from "../../../system/lines/append-log.ts";
import { GenerationLock } from "../../../system/locks/generation-lock.ts";
import { withLock } from "../../../system/locks/with-lock.ts";
import { FileTurnQueue } from "./line.ts";
import { FileTurnLock } from "./turn-lock.ts";

const VERSION = 1;

/** A conversation's folder on disk. Fields that a newer version added to the record survive a rewrite. */
export class FileSessionFolder implements SessionFolder {
  readonly lock: FileTurnLock;
  readonly queue: FileTurnQueue;
  private readonly log: AppendLog;
  private readonly recordPath: string;

  constructor(
    readonly key: SessionKey,
    private readonly folder: string,
    private readonly now: () => Date,
  ) {
    this.lock = new FileTurnLock(join(folder, "lock"), now);
    this.queue = new FileTurnQueue(join(folder, "queue"));
    this.log = new AppendLog(join(folder, "journal.jsonl"), { v: VERSION, kind: "journal", ...key });
    this.recordPath = join(folder, "record.json");
  }

  async record(): Promise<SessionRecord | undefined> {
    return this.readRecord();
  }

  async saveRecord(record: SessionRecord): Promise<void> {
    this.writeRecord({ ...this.readRecord(), ...record });
  }

  async changeRecord(change: (record: SessionRecord) => SessionRecord): Promise<void> {
    const work = () => {
      const found = this.readRecord();
      if (found !== undefined) this.writeRecord(change(found));
    };
    const lock = new GenerationLock(join(this.folder, "record-lock"));
    const stuck = () =>
      new AppError("busy", `${this.recordPath} was kept locked for 30 seconds.`, {
        hint: "If a process of agent-sessions is stopped, continue or end it, then run the command again.",
      });
    await withLock(lock, this.now, work, stuck);
  }

  readonly journal = {
    append: async (turn: TurnEnded): Promise<void> => {
      this.log.append([turn]);
    },
    read: async (): Promise<TurnEnded[]> => this.log.read().values as TurnEnded[],
    last: async (): Promise<TurnEnded | undefined> => this.log.last() as TurnEnded | undefined,
  };

  private writeRecord(record: SessionRecord): void {
    try {
      makeFolder(this.folder);
      replaceFile(this.recordPath, `${JSON.stringify({ v: VERSION, ...record }, null, 2)}\n`);
    } catch (error) {
      throw stateError(error, "write", this.recordPath);
    }
  }

  private readRecord(): SessionRecord | undefined {
    let bytes: Buffer | undefined;
    try {
      bytes = readFileIfAny(this.recordPath);
    } catch (error) {
      throw stateError(error, "read", this.recordPath);
    }
    if (bytes === undefined) return undefined;
    const record = parseRecord(bytes.toString("utf8"));
    if (record === undefined) throw stateError(new Error("it holds no JSON record"), "read", this.recordPath);
    if (record.v > VERSION) throw newerState(this.recordPath, record.v, VERSION);
    return record;
  }
}

function parseRecord(text: string): (SessionRecord & { v: number }) | undefined {
  try {
    return JSON.parse(text) as SessionRecord & { v: number };
  } catch {
    return undefined;
  }
}
