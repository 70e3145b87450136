import { join } from "node:path";
import { ACCESSES } from "../../domain/agent/access.ts";
import { asScope } from "../../domain/names/name.ts";
import {
  flag,
  list,
  literal,
  maybe,
  number,
  object,
  oneOf,
  type Read,
  type Shape,
  sessionId,
  text,
} from "../../domain/shape.ts";
import { stateError } from "../../system/errors.ts";
import { listFolders, removeFile } from "../../system/files/folder.ts";
import { readFileIfAny, readJson } from "../../system/files/read.ts";
import { makeFolder, replaceFile } from "../../system/files/write.ts";
import { nextChange } from "../../system/lines/next-change.ts";
import { GenerationLock } from "../../system/locks/generation-lock.ts";
import { asProcessIdentity } from "../../system/processes/identity.ts";
import type { StateHome } from "./home.ts";

const SHAPE = {
  v: literal(1),
  process: asProcessIdentity,
  agent: text,
  sessionId,
  /** The name and the workspace of the turn that it was started for. */
  name: text,
  workspace: text,
  /** ISO 8601. */
  since: text,
  /** The state of the program's files when it was started. */
  program: text,
  /** How many keepers in a row, before this one, ended without having begun a turn. */
  failures: number,
  hasBegun: maybe(flag),
  /** Whether it keeps an agent warm. */
  isWarm: maybe(flag),
};
const asRecord = object(SHAPE);

/** Which process keeps the waiting turns of a conversation, and how it stands. */
export type KeeperRecord = Read<typeof asRecord>;

const asNextTurn = object({
  v: literal(1),
  scope: asScope,
  name: text,
  sessionId,
  cwd: text,
  model: maybe(text),
  effort: maybe(text),
  access: maybe(oneOf(ACCESSES)),
  agentCommand: maybe(text),
  agentArgs: maybe(list(text)),
  launcher: list(text),
  partials: flag,
  keepMs: number,
});

/** A turn that is likely to come, so that an agent is to be ready for it, for so many milliseconds. */
export type NextTurn = Read<typeof asNextTurn>;

const RECORD = "keeper.json";
const NEXT = "next.json";
const BELL = "bell";
const STOP = "stop";

/**
 * The folder of one keeper: of a conversation, for callers with one environment. Whoever gives a turn to the keeper, and
 * the keeper when it leaves, does so under the lock: so a turn is never given to a keeper that has left. Nothing in it
 * is forced to disk: a restart of the machine ends all keepers.
 */
export class KeeperFolder {
  readonly lock: GenerationLock;

  constructor(readonly path: string) {
    this.lock = new GenerationLock(join(path, "lock"));
  }

  static of(home: StateHome, id: string): KeeperFolder {
    return new KeeperFolder(join(home.keepersFolder, id));
  }

  /** What the keeper prints: nothing, unless it fails. */
  get logPath(): string {
    return join(this.path, "log");
  }

  record(): KeeperRecord | undefined {
    return read(join(this.path, RECORD), asRecord);
  }

  save(record: KeeperRecord): void {
    this.write(RECORD, JSON.stringify(record));
  }

  /** Deletes the record of a keeper that leaves, and what it was asked for. */
  forget(): void {
    removeFile(join(this.path, RECORD));
    removeFile(join(this.path, NEXT));
    removeFile(join(this.path, STOP));
  }

  /** Asks the keeper to have an agent ready for a turn. */
  askFor(next: NextTurn): void {
    this.write(NEXT, JSON.stringify(next));
    this.ring(`next ${next.name}`);
  }

  /** Returns the turn that an agent is to be ready for. */
  askedFor(): NextTurn | undefined {
    return read(join(this.path, NEXT), asNextTurn);
  }

  forgetNext(): void {
    removeFile(join(this.path, NEXT));
  }

  /** Lets the keeper look for what is new. A ring that is not heard costs it a few seconds, and loses nothing. */
  ring(text: string): void {
    this.write(BELL, text);
  }

  /** Returns what the bell was last rung with. */
  bell(): string {
    return readFileIfAny(join(this.path, BELL))?.toString("utf8") ?? "";
  }

  /** Asks the keeper to begin no other turn. */
  askToStop(text: string): void {
    this.write(STOP, text);
    this.ring(`stop ${text}`);
  }

  isAskedToStop(): boolean {
    return readFileIfAny(join(this.path, STOP)) !== undefined;
  }

  /** Resolves when the bell is no longer as it was `seen`, after `timeoutMs`, or when the signal is aborted. */
  rung(seen: string, timeoutMs: number, signal: AbortSignal): Promise<void> {
    const isThere = () => this.bell() !== seen;
    return nextChange(this.path, timeoutMs, { signal, isThere });
  }

  private write(file: string, content: string): void {
    const path = join(this.path, file);
    try {
      makeFolder(this.path);
      replaceFile(path, content, { sync: false });
    } catch (error) {
      throw stateError(error, "write", path);
    }
  }
}

/** Returns the folders of all keepers of a state home, also of those that have left. */
export function listKeepers(home: StateHome): KeeperFolder[] {
  return listFolders(home.keepersFolder).map((id) => KeeperFolder.of(home, id));
}

function read<T>(path: string, shape: Shape<T>): T | undefined {
  return shape(readJson(path)?.value);
}
