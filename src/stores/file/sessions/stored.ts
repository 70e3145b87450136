import { join } from "node:path";
import { maybe, number, object, sessionId, text } from "../../../domain/shape.ts";
import { textsIn } from "../../../domain/texts-in.ts";
import { stateError } from "../../../system/errors.ts";
import { listFolder, listFolders, removeFile } from "../../../system/files/folder.ts";
import { removeTree, surveyTree } from "../../../system/files/tree.ts";
import { readFileIfAny } from "../../../system/files/read.ts";
import { syncFolder } from "../../../system/files/write.ts";
import { AppendLog, newerState } from "../../../system/lines/append-log.ts";
import { parseJson } from "../../../system/lines/json.ts";
import { GenerationLock } from "../../../system/locks/generation-lock.ts";
import { digest, type StateHome } from "../home.ts";

const VERSION = 1;
const RECORD = "record.json";
const JOURNAL = "journal.jsonl";
const LOCK = "lock";

const asVersioned = object({ v: number });
const asRecord = object({ sessionId: maybe(sessionId), createdAt: maybe(text) });
const asHeader = object({ sessionId });
const asTurn = object({ at: text });

/** What a conversation's folder shows, even if no name points at it. */
export interface SessionLook {
  /** Missing if an interrupted deletion has removed it. */
  sessionId?: string;
  /** When the conversation was last used, in the agent's own window too. */
  usedMs: number;
  ownBytes: number;
}

/** A conversation's folder on disk, found by its path and not by its id. */
export class StoredSession {
  readonly path: string;
  readonly lock: GenerationLock;

  constructor(
    readonly home: StateHome,
    readonly agent: string,
    readonly digest: string,
  ) {
    this.path = join(home.sessionsRoot, agent, digest);
    this.lock = new GenerationLock(join(this.path, LOCK));
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
    const record = this.record();
    const journal = new AppendLog(join(this.path, JOURNAL), { v: VERSION, kind: "journal" }).read();
    const times = [asTurn(journal.values.at(-1))?.at, record?.createdAt].map((at) => Date.parse(at ?? ""));
    const surveys = this.parts().map((name) => surveyTree(join(this.path, name)));
    const id = record?.sessionId ?? asHeader(journal.header)?.sessionId;
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
    const ids = [...textsIn(this.readRecord())];
    return ids.map((id) => new StoredSession(this.home, this.agent, digest(id)));
  }

  /**
   * Deletes everything but the lock, which the caller holds. The record goes first, durably: without it this
   * is no conversation of ours, even if the deletion stops halfway. The journal goes last, as it says which
   * conversation this was.
   */
  remove(): void {
    removeFile(this.recordPath);
    try {
      syncFolder(this.path);
    } catch (error) {
      throw stateError(error, "write", this.path);
    }
    for (const name of this.parts()) if (name !== JOURNAL) removeTree(join(this.path, name));
    removeFile(join(this.path, JOURNAL));
  }

  private parts(): string[] {
    return listFolder(this.path).filter((name) => name !== LOCK);
  }

  private record() {
    const record = this.readRecord();
    if (record !== undefined && record.v > VERSION) throw newerState(this.recordPath, record.v, VERSION);
    return record === undefined ? undefined : { ...asRecord(record) };
  }

  private readRecord(): Versioned | undefined {
    const path = this.recordPath;
    let bytes: Buffer | undefined;
    try {
      bytes = readFileIfAny(path);
    } catch (error) {
      throw stateError(error, "read", path);
    }
    if (bytes === undefined) return undefined;
    const record = parseJson(bytes);
    if (!isVersioned(record)) throw stateError(new Error("it holds no JSON record"), "read", path);
    return record;
  }

  private get recordPath(): string {
    return join(this.path, RECORD);
  }
}

interface Versioned {
  v: number;
}

function isVersioned(value: unknown): value is Versioned {
  return asVersioned(value) !== undefined;
}

export function listStoredSessions(home: StateHome): StoredSession[] {
  return listFolders(home.sessionsRoot).flatMap((agent) =>
    listFolders(join(home.sessionsRoot, agent)).map((name) => new StoredSession(home, agent, name)),
  );
}
