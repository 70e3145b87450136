import type { Spent } from "./budget/spent.ts";
import type { AppError } from "./errors.ts";
import type { NameEdit, NameEntry, NameScope, NameTable } from "./names/name.ts";
import type { SessionKey, SessionRecord, TurnEnded } from "./session/session.ts";

/** Who holds a lock: a process, and the turn it works on. */
export interface LockHolder {
  turnId: string;
  /** Opaque to the domain; the store can tell from it whether the process still lives. */
  process: unknown;
  since: string;
}

/** A lock that is held. */
export interface HeldLock {
  release(): Promise<void>;
}

export type LockState =
  | { state: "free" }
  | { state: "held"; holder: LockHolder }
  /** The holder is gone without releasing the lock: its turn must be settled. */
  | { state: "abandoned"; holder: LockHolder }
  /** Held from another machine or container: whether the holder lives can't be seen from here. */
  | { state: "elsewhere"; holder: LockHolder };

/** One conversation's folder: its record, its turns and its lock. */
export interface SessionFolder {
  readonly key: SessionKey;
  record(): Promise<SessionRecord | undefined>;
  saveRecord(record: SessionRecord): Promise<void>;
  /** Changes the record of a conversation, if there is one. Concurrent changes all take effect. */
  changeRecord(change: (record: SessionRecord) => SessionRecord): Promise<void>;
  journal: {
    /** Resolves once the turn is on disk. */
    append(turn: TurnEnded): Promise<void>;
    /** Oldest first. A torn last line is left out. */
    read(): Promise<TurnEnded[]>;
    /** The newest turn; cheap however long the journal is. */
    last(): Promise<TurnEnded | undefined>;
    /** A number that grows with every turn; 0 while there is none. Another number means that it was written to. */
    size(): Promise<number>;
    /** One turn; other lines are not parsed. */
    find(turnId: string): Promise<TurnEnded | undefined>;
    /**
     * The turns behind a size that `tally` was saved with, oldest first, and the size with them; all turns if the
     * journal is not the one that had this size. The size is absent while the last line is not whole.
     */
    since(size: number): Promise<{ turns: TurnEnded[]; from: number; size: number | undefined }>;
  };
  /** What the turns in the journal have used together, so that it need not be read again. Not durable. */
  tally: {
    /** Undefined if there is none. */
    read(): Promise<Tally | undefined>;
    save(tally: Tally): Promise<void>;
  };
  /**
   * Records the end of a turn: the conversation's record, the turn, and then its name, each durable before the
   * next; all or nothing where the store can.
   */
  end(turn: TurnEnded, after?: AfterTurn): Promise<void>;
  /** The turn whose end nobody has been told of. Not durable: after a crash of the machine it may be forgotten. */
  unread: {
    set(turnId: string): Promise<void>;
    /** Called when somebody is told of this turn's end; without effect for another one. */
    clear(turnId: string): Promise<void>;
  };
  lock: TurnLock;
  queue: TurnQueue;
}

/** What the turns of a journal have used, up to one of its sizes. */
export interface Tally {
  size: number;
  spent: Spent;
}

/** What a list tells of a conversation. */
export interface Glance {
  /** How many of our turns have ended in it. */
  turns: number;
  /** The newest of them. */
  last: TurnEnded;
  /** Whether nobody was told how that one ended. */
  isUnread: boolean;
}

/** A conversation in which something may have been said. */
export interface TurnsOfConversation {
  key: SessionKey;
  /** When its newest turn was written, in milliseconds since the epoch: no turn has ended later. */
  writtenMs: number;
  /** Newest first; they are read one by one. */
  turns: Iterable<TurnEnded>;
}

/** What the end of a turn changes besides the journal. */
export interface AfterTurn {
  /** Saved first, where the conversation has no record yet. */
  record?: SessionRecord | undefined;
  /** The names that change, as `SessionStore.update` changes them. */
  names?:
    | {
        scope: NameScope;
        change: (names: NameTable) => NameEdit[];
        /** If this name is what `isSame` expects, only the time of its use changes: the other names need not be read. */
        used?: NameUse | undefined;
      }
    | undefined;
}

/** One use of a name. */
export interface NameUse {
  name: string;
  usedAt: string;
  isSame(entry: NameEntry): boolean;
}

/** A turn that waits until its conversation is free. */
export interface Waiter {
  /** Whether the turn was accepted: it then holds its place only until its end is recorded. */
  isAccepted?: boolean | undefined;
  turnId: string;
  /** The waiter with the smaller value came first; compared as text. */
  arrival: string;
  /** The process that waits; opaque to the domain. When it is gone, it no longer waits. */
  process: unknown;
  /** Who asked for the turn, in words for people. */
  calledBy: string;
  since: string;
}

/**
 * The queue for a conversation's lock. It does not block anybody: a process that wants the lock checks
 * whether another came before it.
 */
export interface TurnQueue {
  /** Returns the waiters in order of arrival, without those that are gone or can't be seen from here. */
  waiting(): Promise<Waiter[]>;
  /**
   * Returns the waiter directly before a place; undefined where nobody came before. However long the queue
   * is, hardly more than one of its waiters is checked.
   */
  before(arrival: string): Promise<Waiter | undefined>;
  /** Resolves when this waiter has left the queue, after `timeoutMs`, or when the signal is aborted. */
  left(
    waiter: Waiter,
    options?: { timeoutMs?: number | undefined; signal?: AbortSignal | undefined },
  ): Promise<void>;
  /**
   * Puts the waiter into the queue until `leave` is called or the process is gone; joining again changes
   * nothing.
   */
  join(waiter: Waiter): Promise<{ leave(): Promise<void> }>;
}

/** The lock that allows a conversation only one turn at a time. */
export interface TurnLock {
  state(): Promise<LockState>;
  /** Takes the lock if it is free or abandoned; returns undefined when another turn has it. */
  tryTake(turnId: string): Promise<HeldLock | undefined>;
  /** Resolves when the state may have changed, after `timeoutMs`, or when the signal is aborted. */
  changed(timeoutMs: number, signal?: AbortSignal): Promise<void>;
}

/** What is known of one name. */
export interface FoundName {
  entry?: NameEntry | undefined;
  /** The turn that is creating a conversation for the name. */
  reservedBy?: string | undefined;
}

/**
 * Keeps names, conversations and their journals. The checks of `test/support/stores/store.contract.ts` define
 * the meaning of this interface.
 */
export interface SessionStore {
  find(scope: NameScope, name: string): Promise<FoundName>;
  /** The signal ends the wait for other processes that change names at the same time. */
  list(scope: NameScope, signal?: AbortSignal | undefined): Promise<NameTable>;
  /**
   * Returns the name log of a scope, oldest line first: `NameLogLine`s, and lines that a newer version wrote
   * or a crash damaged.
   */
  log(scope: NameScope): Promise<readonly unknown[]>;
  /**
   * The only way to change names. `change` gets the current names and returns edits, which take effect
   * together or not at all; it may be called again if the names changed meanwhile, so it must be pure.
   * Resolves with the names after the edits, once they are on disk. The signal ends the wait for other
   * processes that change names at the same time; then nothing was changed.
   */
  update(
    scope: NameScope,
    change: (names: NameTable) => NameEdit[],
    signal?: AbortSignal | undefined,
  ): Promise<NameTable>;
  session(key: SessionKey): SessionFolder;
  /**
   * Returns what a list tells of some conversations of an agent, by id; those in which no turn has ended, or whose
   * journal can't be read, are left out. Cheap however long the journals are.
   */
  glances(agent: string, sessionIds: readonly string[]): Promise<Map<string, Glance>>;
  /** Yields the scopes that have, or had, names. Skips those that can't be read, after a call of `onProblem`. */
  scopes(onProblem: (error: AppError) => void): AsyncIterable<NameScope>;
  /** Yields the conversations that have a record. */
  sessions(): AsyncIterable<SessionKey>;
  /**
   * Yields the conversations of an agent, or of all, with the turns whose prompt and answer together may have all of
   * some words, the last written conversation first. No turn that has them is left out, whatever their case; others may be
   * among them. Skips what can't be read, after a call of `onProblem`. Conversations without a record may be among them.
   */
  turnsWith(
    query: { words: readonly string[]; agent?: string | undefined },
    onProblem: (error: AppError) => void,
  ): AsyncIterable<TurnsOfConversation>;
}
