import { join } from "node:path";
import { asSpent } from "../../../domain/budget/spent.ts";
import type { SessionKey, SessionRecord, TurnEnded } from "../../../domain/session/session.ts";
import { maybe, number, object, type Shape, sessionId, text } from "../../../domain/shape.ts";
import type { Glance, Tally } from "../../../domain/store.ts";
import { textsIn } from "../../../domain/texts-in.ts";
import { stateError } from "../../../system/errors.ts";
import { listFolder, listFolders, removeFile } from "../../../system/files/folder.ts";
import { fileState } from "../../../system/files/keep.ts";
import { readJson } from "../../../system/files/read.ts";
import { removeTree, surveyTree } from "../../../system/files/tree.ts";
import { makeFolder, replaceFile, syncPath } from "../../../system/files/write.ts";
import { AppendLog, newerState } from "../../../system/lines/append-log.ts";
import type { SeenLogs } from "../../../system/lines/seen-logs.ts";
import { GenerationLock } from "../../../system/locks/generation-lock.ts";
import { digest, type StateHome } from "../home.ts";

export const VERSION = 1;
export const JOURNAL = "journal.jsonl";
const LOCK = "lock";
const UNREAD = "unread.json";
const TALLY = "tally.json";

const asVersioned = object({ v: number });
const asKey = object({ agent: text, sessionId });
const asRecord = object({ sessionId: maybe(sessionId), createdAt: maybe(text) });
const asHeader = object({ sessionId });
const asTurn = object({ at: text });
const asUnread = object({ turnId: text });
const asTally: Shape<Tally> = object({ size: number, spent: asSpent });

/** Only its version is checked: the rest is as this program, or a newer one, has written it. */
type StoredRecord = SessionRecord & { v: number };

/** What a conversation's folder shows, even if no name points at it. */
export interface SessionLook {
  /** Missing if an interrupted deletion has removed it. */
  sessionId?: string;
  /** When the conversation was last used, in the agent's own window too. */
  usedMs: number;
  ownBytes: number;
}

/** A conversation's folder on disk. It is found by its path: its id may be unknown. */
export class StoredSession {
  readonly path: string;
  readonly lock: GenerationLock;
  readonly recordPath: string;

  constructor(
    readonly home: StateHome,
    readonly agent: string,
    readonly digest: string,
  ) {
    this.path = join(home.sessionsRoot, agent, digest);
    this.lock = new GenerationLock(join(this.path, LOCK));
    this.recordPath = join(this.path, "record.json");
  }

  static of(home: StateHome, { agent, sessionId }: SessionKey): StoredSession {
    return new StoredSession(home, agent, digest(sessionId));
  }

  /** The log of the ended turns. A new one needs the key for its first line. */
  /** Returns the size of the journal; 0 while there is none. */
  journalBytes(): number {
    return fileState(join(this.path, JOURNAL))?.bytes ?? 0;
  }

  journal(key?: SessionKey): AppendLog {
    return new AppendLog(join(this.path, JOURNAL), { v: VERSION, kind: "journal", ...key });
  }

  /**
   * Returns the record; undefined when there is none.
   *
   * @throws AppError also when it is no record, or when a newer version has written it.
   */
  record(): StoredRecord | undefined {
    const record = this.anyRecord();
    if (record !== undefined && record.v > VERSION) throw newerState(this.recordPath, record.v, VERSION);
    return record;
  }

  saveRecord(record: object): void {
    try {
      makeFolder(this.path);
      replaceFile(this.recordPath, `${JSON.stringify({ v: VERSION, ...record }, null, 2)}\n`);
    } catch (error) {
      throw stateError(error, "write", this.recordPath);
    }
  }

  /** The turn whose end nobody has been told of. */
  get unread(): string | undefined {
    const path = join(this.path, UNREAD);
    // Most have none, and a look costs less than a read that fails.
    return fileState(path) && asUnread(readJson(path)?.value)?.turnId;
  }

  /** Not durable. */
  setUnread(turnId: string): void {
    makeFolder(this.path);
    replaceFile(join(this.path, UNREAD), `${JSON.stringify({ v: VERSION, turnId })}\n`, { sync: false });
  }

  setRead(turnId: string): void {
    if (this.unread === turnId) removeFile(join(this.path, UNREAD));
  }

  /** What the turns up to a size of the journal have used; undefined if nobody has added it up. */
  tally(): Tally | undefined {
    // One that can't be read is made anew.
    return orElse(() => asTally(readJson(join(this.path, TALLY))?.value), undefined);
  }

  /** Not durable: what is lost is added up again. */
  saveTally(tally: Tally): void {
    const path = join(this.path, TALLY);
    try {
      replaceFile(path, `${JSON.stringify({ v: VERSION, ...tally })}\n`, { sync: false });
    } catch (error) {
      throw stateError(error, "write", path);
    }
  }

  /** Returns what a list tells of the conversation; undefined while it has no turn. */
  glance(seen?: SeenLogs): Glance | undefined {
    const found = this.journal().glance(seen);
    if (found === undefined) return undefined;
    const { count: turns, last } = found as { count: number; last: TurnEnded };
    return { turns, last, isUnread: this.unread === last.turnId };
  }

  /** Returns which conversation this is; undefined without a valid record, as during a deletion. */
  key(): SessionKey | undefined {
    return asKey(readJson(this.recordPath)?.value);
  }

  /**
   * Whether the folder holds nothing but the lock. The lock stays for ever: its numbers are never given
   * twice.
   */
  isEmpty(): boolean {
    return this.parts().length === 0;
  }

  /** Inspects the folder. @throws AppError also when a newer version has written it. */
  look(): SessionLook {
    const record = asRecord(this.record());
    const { header, values } = this.journal().read();
    const times = [asTurn(values.at(-1))?.at, record?.createdAt].map((at) => Date.parse(at ?? ""));
    const surveys = this.parts().map((name) => surveyTree(join(this.path, name)));
    const id = record?.sessionId ?? asHeader(header)?.sessionId;
    return {
      ...(id === undefined ? {} : { sessionId: id }),
      usedMs: Math.max(
        ...times.filter((time) => !Number.isNaN(time)),
        ...surveys.map(({ changedMs }) => changedMs),
      ),
      ownBytes: surveys.reduce((sum, { ownBytes }) => sum + ownBytes, 0),
    };
  }

  /**
   * Returns the conversations that this one came from, by a `/clear`, a rotation or a fork. Every text in its
   * record counts as an id, so that a newer version may record it in its own way.
   *
   * @throws AppError when the record can't be read
   */
  parents(): StoredSession[] {
    const ids = [...textsIn(this.anyRecord())];
    return ids.map((id) => StoredSession.of(this.home, { agent: this.agent, sessionId: id }));
  }

  /**
   * Deletes everything but the lock, which the caller holds. The record goes first, durably: without it this
   * is no conversation of ours, even if the deletion stops halfway. The journal goes last, as it says which
   * conversation this was.
   */
  remove(): void {
    removeFile(this.recordPath);
    try {
      syncPath(this.path);
    } catch (error) {
      throw stateError(error, "write", this.path);
    }
    for (const name of this.parts()) if (name !== JOURNAL) removeTree(join(this.path, name));
    removeFile(join(this.path, JOURNAL));
  }

  private parts(): string[] {
    return listFolder(this.path).filter((name) => name !== LOCK);
  }

  /** Returns the record of any version. */
  private anyRecord(): StoredRecord | undefined {
    const found = readJson(this.recordPath);
    if (found === undefined) return undefined;
    if (isRecord(found.value)) return found.value;
    throw stateError(new Error("it contains no JSON record"), "read", this.recordPath);
  }
}

function isRecord(value: unknown): value is StoredRecord {
  return asVersioned(value) !== undefined;
}

function orElse<T>(read: () => T, otherwise: T): T {
  try {
    return read();
  } catch {
    return otherwise;
  }
}

/** Returns what a list tells of conversations, by id. */
export function glancesAt(
  home: StateHome,
  agent: string,
  sessionIds: readonly string[],
  seen?: SeenLogs,
): Map<string, Glance> {
  const found = new Map<string, Glance>();
  // The command that needs a conversation says what is wrong with it, or with the folder of all of them.
  const there = new Set(orElse(() => listFolder(join(home.sessionsRoot, agent)), []));
  if (there.size === 0) return found;
  for (const sessionId of sessionIds) {
    const stored = StoredSession.of(home, { agent, sessionId });
    const glance = there.has(stored.digest) ? orElse(() => stored.glance(seen), undefined) : undefined;
    if (glance !== undefined) found.set(sessionId, glance);
  }
  return found;
}

export function listStoredSessions(home: StateHome): StoredSession[] {
  return listFolders(home.sessionsRoot).flatMap((agent) =>
    listFolders(join(home.sessionsRoot, agent)).map((name) => new StoredSession(home, agent, name)),
  );
}
