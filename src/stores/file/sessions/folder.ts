import { join } from "node:path";
import { AppError } from "../../../domain/errors.ts";
import type { SessionKey, SessionRecord, TurnEnded } from "../../../domain/session/session.ts";
import type { AfterTurn, HeldLock, LockState, SessionFolder, TurnLock } from "../../../domain/store.ts";
import { GenerationLock } from "../../../system/locks/generation-lock.ts";
import { withLock } from "../../../system/locks/with-lock.ts";
import type { StateHome } from "../home.ts";
import { Turns } from "../turns/turns.ts";
import { FileTurnQueue } from "./queue.ts";
import { StoredSession } from "./stored.ts";

/** A conversation on disk. Fields that a newer version added to its record survive a rewrite. */
export class FileSessionFolder implements SessionFolder {
  readonly lock: TurnLock;
  readonly queue: FileTurnQueue;
  readonly journal: SessionFolder["journal"];
  readonly unread: SessionFolder["unread"];
  readonly tally: SessionFolder["tally"];
  private readonly stored: StoredSession;

  constructor(
    readonly key: SessionKey,
    home: StateHome,
    private readonly now: () => Date,
    private readonly updateNames: (names: NonNullable<AfterTurn["names"]>) => Promise<unknown>,
  ) {
    this.stored = StoredSession.of(home, key);
    this.lock = new FileTurnLock(this.stored.lock, now);
    const turns = new Turns(home);
    this.queue = new FileTurnQueue(
      join(this.stored.path, "queue"),
      (id) => turns.find(id).accepted() !== undefined,
    );
    const { stored } = this;
    this.unread = {
      set: async (turnId) => stored.setUnread(turnId),
      clear: async (turnId) => stored.setRead(turnId),
    };
    const log = stored.journal(key);
    this.journal = {
      append: async (turn) => log.append([turn]),
      read: async () => log.read().values as TurnEnded[],
      size: async () => stored.journalBytes(),
      last: async () => log.last() as TurnEnded | undefined,
      find: async (turnId) => {
        const found = log.search(JSON.stringify(turnId)) ?? log.read();
        return (found.values as TurnEnded[]).find((turn) => turn.turnId === turnId);
      },
      since: async (size) => {
        const { values, from, next } = log.since(size);
        return { turns: values as TurnEnded[], from, size: next };
      },
    };
    this.tally = {
      read: async () => stored.tally(),
      save: async (tally) => stored.saveTally(tally),
    };
  }

  async record(): Promise<SessionRecord | undefined> {
    return this.stored.record();
  }

  async saveRecord(record: SessionRecord): Promise<void> {
    this.stored.saveRecord({ ...this.stored.record(), ...record });
  }

  async end(turn: TurnEnded, { record, names }: AfterTurn = {}): Promise<void> {
    if (record !== undefined) await this.saveRecord(record);
    await this.journal.append(turn);
    if (names !== undefined) await this.updateNames(names);
  }

  async changeRecord(change: (record: SessionRecord) => SessionRecord): Promise<void> {
    const work = () => {
      const found = this.stored.record();
      if (found !== undefined) this.stored.saveRecord(change(found));
    };
    const lock = new GenerationLock(join(this.stored.path, "record-lock"));
    const stuck = () =>
      new AppError("busy", `${this.stored.recordPath} was locked for 30 seconds.`, {
        hint: "If a process of agent-sessions is stopped, continue or end it, then run the command again.",
      });
    await withLock(lock, this.now, work, stuck);
  }
}

/** The lock of a conversation's turns as a generation lock. */
class FileTurnLock implements TurnLock {
  constructor(
    private readonly lock: GenerationLock,
    private readonly now: () => Date,
  ) {}

  async state(): Promise<LockState> {
    const found = this.lock.state();
    if (found.state === "free") return { state: "free" };
    const { process, turnId, since } = found.owner;
    return { state: found.state, holder: { turnId: turnId ?? "", process, since } };
  }

  async tryTake(turnId: string): Promise<HeldLock | undefined> {
    const release = this.lock.tryTake({ turnId, since: this.now().toISOString() });
    return release === undefined ? undefined : { release: async () => release() };
  }

  changed(timeoutMs: number, signal?: AbortSignal): Promise<void> {
    return this.lock.changed(timeoutMs, signal);
  }
}
