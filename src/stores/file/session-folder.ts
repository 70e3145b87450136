import { join } from "node:path";
import type { SessionKey, SessionRecord, TurnEnded } from "../../domain/session.ts";
import type { SessionFolder } from "../../domain/store.ts";
import { AppendLog, newerState } from "../../system/append-log.ts";
import { makeFolder, readFileIfAny, replaceFile } from "../../system/atomic-file.ts";
import { stateError } from "../../system/errno.ts";
import { FileTurnLock } from "./turn-lock.ts";
import { FileTurnQueue } from "./turn-queue.ts";

const VERSION = 1;

/** A conversation's folder on disk. What a newer version added to the record survives a rewrite. */
export class FileSessionFolder implements SessionFolder {
  readonly lock: FileTurnLock;
  readonly queue: FileTurnQueue;
  private readonly log: AppendLog;
  private readonly recordPath: string;

  constructor(
    readonly key: SessionKey,
    private readonly folder: string,
    now: () => Date,
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
    const found = this.readRecord();
    try {
      makeFolder(this.folder);
      replaceFile(this.recordPath, `${JSON.stringify({ ...found, v: VERSION, ...record }, null, 2)}\n`);
    } catch (error) {
      throw stateError(error, "write", this.recordPath);
    }
  }

  readonly journal = {
    append: async (turn: TurnEnded): Promise<void> => this.log.append([turn]),
    read: async (): Promise<TurnEnded[]> => this.log.read().values as TurnEnded[],
    last: async (): Promise<TurnEnded | undefined> => this.log.last() as TurnEnded | undefined,
  };

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
