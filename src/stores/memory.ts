import { type NameLogLine, replay } from "../domain/names/log.ts";
import type { NameEdit, NameScope, NameTable } from "../domain/names/name.ts";
import type { SessionKey, SessionRecord, TurnEnded } from "../domain/session/session.ts";
import type {
  AfterTurn,
  FoundName,
  Glance,
  HeldLock,
  LockState,
  SessionFolder,
  SessionStore,
  Tally,
  TurnLock,
  TurnQueue,
  TurnsOfConversation,
  Waiter,
} from "../domain/store.ts";
import { Bell } from "./bell.ts";

/**
 * Names and conversations in the memory of one process. The simplest implementation of the store's contract.
 */
export class MemoryStore implements SessionStore {
  private readonly names = new Map<string, { scope: NameScope; lines: NameLogLine[] }>();
  private readonly known = new Map<string, MemorySession>();

  async find(scope: NameScope, name: string): Promise<FoundName> {
    const { entries, reserved } = this.table(scope);
    return { entry: entries.get(name), reservedBy: reserved.get(name) };
  }

  async list(scope: NameScope): Promise<NameTable> {
    return this.table(scope);
  }

  async log(scope: NameScope): Promise<NameLogLine[]> {
    return structuredClone(this.lines(scope));
  }

  async update(
    scope: NameScope,
    change: (names: NameTable) => NameEdit[],
    signal?: AbortSignal | undefined,
  ): Promise<NameTable> {
    signal?.throwIfAborted();
    const edits = structuredClone(change(this.table(scope)));
    this.lines(scope).push({ at: new Date().toISOString(), edits });
    return this.table(scope);
  }

  session(key: SessionKey): SessionFolder {
    const id = JSON.stringify([key.agent, key.sessionId]);
    const found =
      this.known.get(id) ?? new MemorySession(key, ({ scope, change }) => this.update(scope, change));
    this.known.set(id, found);
    return found;
  }

  async glances(agent: string, sessionIds: readonly string[]): Promise<Map<string, Glance>> {
    const found = new Map<string, Glance>();
    for (const sessionId of sessionIds) {
      const session = this.known.get(JSON.stringify([agent, sessionId]));
      const glance = await session?.glance();
      if (glance !== undefined) found.set(sessionId, glance);
    }
    return found;
  }

  async *scopes(): AsyncGenerator<NameScope> {
    for (const { scope, lines } of this.names.values()) if (lines.length > 0) yield scope;
  }

  async *sessions(): AsyncGenerator<SessionKey> {
    for (const session of this.known.values()) if ((await session.record()) !== undefined) yield session.key;
  }

  async *turnsWith({ agent }: { agent?: string | undefined }): AsyncGenerator<TurnsOfConversation> {
    const found: TurnsOfConversation[] = [];
    for (const { key, journal } of this.known.values()) {
      const turns = agent === undefined || agent === key.agent ? (await journal.read()).reverse() : [];
      const [newest] = turns;
      if (newest !== undefined) found.push({ key, writtenMs: Date.parse(newest.at), turns });
    }
    yield* found.sort((left, right) => right.writtenMs - left.writtenMs);
  }

  private table(scope: NameScope): NameTable {
    return replay(this.lines(scope));
  }

  private lines(scope: NameScope): NameLogLine[] {
    const { agent, workspace, mappingFile } = scope;
    // A mapping file has names of its own, whatever the workspace of the scope is.
    const id = JSON.stringify([agent, mappingFile === undefined ? { workspace } : { mappingFile }]);
    const found = this.names.get(id) ?? { scope, lines: [] };
    this.names.set(id, found);
    return found.lines;
  }
}

class MemorySession implements SessionFolder {
  readonly lock = new MemoryLock();
  readonly queue = new MemoryQueue();
  private kept: SessionRecord | undefined;
  private readonly turns: TurnEnded[] = [];
  private unreadTurnId: string | undefined;
  private keptTally: Tally | undefined;

  constructor(
    readonly key: SessionKey,
    private readonly updateNames: (names: NonNullable<AfterTurn["names"]>) => Promise<unknown>,
  ) {}

  readonly journal = {
    append: async (turn: TurnEnded): Promise<void> => void this.turns.push(structuredClone(turn)),
    read: async (): Promise<TurnEnded[]> => structuredClone(this.turns),
    size: async (): Promise<number> => this.turns.length,
    last: async (): Promise<TurnEnded | undefined> => structuredClone(this.turns.at(-1)),
    find: async (turnId: string): Promise<TurnEnded | undefined> =>
      structuredClone(this.turns.find((turn) => turn.turnId === turnId)),
    since: async (size: number) => ({
      turns: structuredClone(this.turns.slice(size)),
      from: size,
      size: this.turns.length,
    }),
  };

  readonly tally = {
    read: async (): Promise<Tally | undefined> => structuredClone(this.keptTally),
    save: async (tally: Tally): Promise<void> => {
      this.keptTally = structuredClone(tally);
    },
  };

  readonly unread = {
    set: async (turnId: string): Promise<void> => {
      this.unreadTurnId = turnId;
    },
    clear: async (turnId: string): Promise<void> => {
      if (this.unreadTurnId === turnId) this.unreadTurnId = undefined;
    },
  };

  async glance(): Promise<Glance | undefined> {
    const last = await this.journal.last();
    return last && { turns: this.turns.length, last, isUnread: this.unreadTurnId === last.turnId };
  }

  async end(turn: TurnEnded, { record, names }: AfterTurn = {}): Promise<void> {
    if (record !== undefined) await this.saveRecord(record);
    await this.journal.append(turn);
    if (names !== undefined) await this.updateNames(names);
  }

  async record(): Promise<SessionRecord | undefined> {
    return structuredClone(this.kept);
  }

  async saveRecord(record: SessionRecord): Promise<void> {
    this.kept = structuredClone({ ...this.kept, ...record });
  }

  async changeRecord(change: (record: SessionRecord) => SessionRecord): Promise<void> {
    if (this.kept !== undefined) this.kept = structuredClone(change(structuredClone(this.kept)));
  }
}

/** The longest delay of a timer, for waits without a time limit. */
const LONGEST_MS = 2 ** 31 - 1;

class MemoryLock implements TurnLock {
  private holder: { turnId: string; since: string } | undefined;
  private readonly bell = new Bell();

  async state(): Promise<LockState> {
    if (this.holder === undefined) return { state: "free" };
    return { state: "held", holder: { ...this.holder, process: undefined } };
  }

  async tryTake(turnId: string): Promise<HeldLock | undefined> {
    if (this.holder !== undefined) return undefined;
    const mine = { turnId, since: new Date().toISOString() };
    this.holder = mine;
    return {
      release: async () => {
        if (this.holder === mine) this.holder = undefined;
        this.bell.ring();
      },
    };
  }

  changed(timeoutMs: number, signal?: AbortSignal): Promise<void> {
    return this.bell.heard(timeoutMs, signal);
  }
}

class MemoryQueue implements TurnQueue {
  private readonly waiters = new Map<string, Waiter>();
  private readonly bell = new Bell();

  async waiting(): Promise<Waiter[]> {
    return [...this.waiters.values()].sort((left, right) => (left.arrival < right.arrival ? -1 : 1));
  }

  async before(arrival: string): Promise<Waiter | undefined> {
    return (await this.waiting()).filter((waiter) => waiter.arrival < arrival).at(-1);
  }

  async left(
    { turnId }: Waiter,
    { timeoutMs, signal }: Parameters<TurnQueue["left"]>[1] = {},
  ): Promise<void> {
    const startedMs = performance.now();
    const leftMs = () => (timeoutMs ?? LONGEST_MS) - (performance.now() - startedMs);
    while (this.waiters.has(turnId) && !signal?.aborted && leftMs() > 0)
      await this.bell.heard(Math.min(leftMs(), LONGEST_MS), signal);
  }

  async join(waiter: Waiter): Promise<{ leave(): Promise<void> }> {
    this.waiters.set(waiter.turnId, { ...waiter });
    const leave = async () => {
      this.waiters.delete(waiter.turnId);
      this.bell.ring();
    };
    return { leave };
  }
}
