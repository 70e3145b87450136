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
  /** The holder is gone and did not let go: its turn has to be settled. */
  | { state: "abandoned"; holder: LockHolder }
  /** Held from another machine or container, where nobody here can see whether it lives. */
  | { state: "elsewhere"; holder: LockHolder };

/** One conversation's folder: its record, its turns and its lock. */
export interface SessionFolder {
  readonly key: SessionKey;
  record(): Promise<SessionRecord | undefined>;
  saveRecord(record: SessionRecord): Promise<void>;
  /** Changes what is kept of a conversation, if anything is. Changes at the same time all count. */
  changeRecord(change: (record: SessionRecord) => SessionRecord): Promise<void>;
  journal: {
    /** Resolves once the turn is on disk. */
    append(turn: TurnEnded): Promise<void>;
    /** Oldest first. A torn last line is left out. */
    read(): Promise<TurnEnded[]>;
    /** The newest turn; cheap however long the conversation is. */
    last(): Promise<TurnEnded | undefined>;
  };
  lock: TurnLock;
  queue: TurnQueue;
}

/** Somebody who waits for a conversation to be free. */
export interface Waiter {
  turnId: string;
  /** Whoever has the smaller one came first; compared as text. */
  arrival: string;
  /** Who waits; opaque to the domain, and nobody waits any more once it is gone. */
  process: unknown;
  /** Who asked for the turn, in words for people. */
  calledBy: string;
  since: string;
}

/**
 * The line before a conversation's lock. It keeps nobody out by itself: whoever wants the lock looks whether
 * somebody came before.
 */
export interface TurnQueue {
  /** First come, first in the list. Whoever is gone, or can't be seen from here, is left out. */
  waiting(): Promise<Waiter[]>;
  /**
   * Who stands right before a place; undefined where nobody came before. However long the line is, hardly more than
   * one of it is looked at.
   */
  before(arrival: string): Promise<Waiter | undefined>;
  /** Resolves when this waiter stands in line no more, after `timeoutMs`, or when the signal is aborted. */
  left(
    waiter: Waiter,
    options?: { timeoutMs?: number | undefined; signal?: AbortSignal | undefined },
  ): Promise<void>;
  /** Stands in line until `leave` is called or the process is gone; joining again changes nothing. */
  join(waiter: Waiter): Promise<{ leave(): Promise<void> }>;
}

/** The lock that keeps a conversation to one turn at a time. */
export interface TurnLock {
  state(): Promise<LockState>;
  /** Takes the lock if it is free or abandoned; returns undefined when somebody has it. */
  tryTake(turnId: string): Promise<HeldLock | undefined>;
  /** Resolves when the state may have changed, after `timeoutMs`, or when the signal is aborted. */
  changed(timeoutMs: number, signal?: AbortSignal): Promise<void>;
}

/**
 * A place where names, conversations and their journals live. What `test/support/stores/store.contract.ts` checks is
 * the meaning of this interface.
 */
export interface SessionStore {
  get(scope: NameScope, name: string): Promise<NameEntry | undefined>;
  /** The signal ends the patience with others who change names at the time. */
  list(scope: NameScope, signal?: AbortSignal | undefined): Promise<NameTable>;
  /** The name log of a scope, oldest line first: `NameLogLine`s, and what a newer version or a crash made of them. */
  log(scope: NameScope): Promise<readonly unknown[]>;
  /**
   * The only way to change names. `change` sees the names as they are now and returns edits, which take
   * effect together or not at all; it may be called again if the names changed meanwhile, so it must be
   * pure. Resolves with the names after the edits, once they are on disk. The signal ends the patience with others
   * who change names at the time; then nothing was changed.
   */
  update(
    scope: NameScope,
    change: (names: NameTable) => NameEdit[],
    signal?: AbortSignal | undefined,
  ): Promise<NameTable>;
  session(key: SessionKey): SessionFolder;
}
