import { join } from "node:path";
import { maybe, number, object, sessionId, text } from "../../../domain/shape.ts";
import { textsIn } from "../../../domain/texts-in.ts";
import { stateError } from "../../../system/errors.ts";
import { listFolder, listFolders, removeFile } from "../../../system/files/folder.ts";
import { removeTree, surveyTree } from "../../../system/files/tree.ts";
import { readFileIfAny, syncFolder } from "../../../system/files/write.ts";
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

/** What is known of a conversation's folder without a name that leads to it. */
export interface SessionLook {
  /** Missing where a removal that was cut off has taken it along. */
  sessionId?: string;
  /** When anybody last did anything with it, the agent's own window included. */
  usedMs: number;
  ownBytes: number;
}

/** A conversation's folder as it lies on disk, found by its place and not by its id. */
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

  /** Whether there is anything but the lock, which stays for ever: its numbers are never given twice. */
  isEmpty(): boolean {
    return this.parts().length === 0;
  }

  /** @throws AppError also when a newer version has written it. */
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
   * The conversations it came from, by a `/clear`, a rotation or a fork: any whose id its record holds, so that
   * a newer version may write it down in its own way.
   *
   * @throws AppError when that can't be read
   */
  parents(): StoredSession[] {
    const ids = [...textsIn(this.readRecord())];
    return ids.map((id) => new StoredSession(this.home, this.agent, digest(id)));
  }

  /**
   * Removes everything but the lock, which the caller holds. The record goes first, for good: without it this
   * is no conversation of ours, however far the rest gets. The journal goes last, as it says what this was.
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
