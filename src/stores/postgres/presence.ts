import type { Client } from "pg";
import type { HeldLock, LockState, TurnLock, TurnQueue, Waiter } from "../../domain/store.ts";
import { type Connection, type Queries, queriesOf } from "./connection.ts";

/** The first number of our advisory locks; the second is the number of the process. */
const LOCKS = 72_630;
/** What tells those who wait that a lock or a place is given up. */
const CHANNEL = "agent_sessions_locks";
/** How often they look all the same: behind some connection poolers there are no notices. */
const LOOK_MS = 2_000;
/** How soon the lock of a process is taken again after its connection was lost. */
const AGAIN_MS = 500;

/** Whether the process of a row lives: it holds an advisory lock, which ends with its connection. */
const ALIVE = `exists (select from pg_locks where locktype = 'advisory' and granted and classid = ${LOCKS} and objid = presence and objsubid = 2
  and database = (select oid from pg_database where datname = current_database()))`;

/** This process among all that hold locks on the store, or wait for them. */
export class Presence {
  private client: Client | undefined;
  private number: Promise<number> | undefined;
  private hasLeft = false;

  constructor(
    private readonly connection: Connection,
    private readonly self: unknown,
    readonly now: () => Date,
  ) {}

  /** The number of this process, which lives from now on. */
  id(): Promise<number> {
    this.number ??= this.enter().catch((error: unknown) => {
      this.number = undefined;
      throw error;
    });
    return this.number;
  }

  async leave(): Promise<void> {
    this.hasLeft = true;
    const number = await this.number?.catch(() => undefined);
    this.number = undefined;
    if (number === undefined) return;
    for (const table of ["lock", "waiter", "presence"])
      await this.connection
        .query(`delete from ${table} where presence = $1`, [number])
        .catch(() => undefined);
    await this.client?.end().catch(() => undefined);
  }

  private async enter(): Promise<number> {
    this.hasLeft = false;
    const [row] = await this.connection.query<{ presence: number }>(
      "insert into presence (process) values ($1::json) returning presence",
      [JSON.stringify(this.self ?? null)],
    );
    if (row === undefined) throw new Error("No number was given.");
    await this.hold(row.presence);
    return row.presence;
  }

  private async hold(presence: number): Promise<void> {
    const client = await this.connection.own();
    client.once("end", () => {
      if (!this.hasLeft) setTimeout(() => this.holdAgain(presence), AGAIN_MS).unref();
    });
    await queriesOf(client, this.connection.address).query("select pg_advisory_lock($1, $2)", [
      LOCKS,
      presence,
    ]);
    // Whoever does something keeps the process alive, not what it holds.
    (client as unknown as { unref(): void }).unref();
    this.client = client;
  }

  private async holdAgain(presence: number): Promise<void> {
    if (this.hasLeft) return;
    try {
      await this.hold(presence);
    } catch {
      setTimeout(() => this.holdAgain(presence), AGAIN_MS).unref();
    }
  }
}

type Find = () => Promise<string | undefined>;
type Make = (queries: Queries) => Promise<string>;

/** The lock of a conversation. It is abandoned once the connection of its holder is gone. */
export class PostgresLock implements TurnLock {
  constructor(
    private readonly connection: Connection,
    private readonly presence: Presence,
    private readonly find: Find,
    private readonly make: Make,
  ) {}

  /** What was seen of it last, which its owner waits to change. */
  private seen: LockState | undefined;

  async state(): Promise<LockState> {
    this.seen = await this.look();
    return this.seen;
  }

  private async look(): Promise<LockState> {
    const session = await this.find();
    const [row] = await this.connection.query<LockRow>(
      `select turn_id, held.since, alive, process from
         (select *, ${ALIVE} as alive from lock where session = $1) as held left join presence using (presence)`,
      [session ?? null],
    );
    if (row === undefined) return { state: "free" };
    const holder = { turnId: JSON.parse(row.turn_id) as string, since: row.since, process: row.process };
    return { state: row.alive ? "held" : "abandoned", holder };
  }

  async tryTake(turnId: string): Promise<HeldLock | undefined> {
    const presence = await this.presence.id();
    const mine = [presence, JSON.stringify(turnId), this.presence.now().toISOString()];
    const taken = await this.connection.transaction(async (queries) => {
      const session = await this.make(queries);
      const [held] = await queries.query(`select from lock where session = $1 and ${ALIVE}`, [session]);
      if (held !== undefined) return undefined;
      await queries.query(
        `insert into lock (session, presence, turn_id, since) values ($1, $2, $3, $4)
         on conflict (session) do update set presence = excluded.presence, turn_id = excluded.turn_id, since = excluded.since`,
        [session, ...mine],
      );
      return session;
    });
    if (taken === undefined) return undefined;
    const holder = { turnId, since: this.presence.now().toISOString(), process: undefined };
    this.seen = { state: "held", holder };
    return {
      release: async () => {
        await this.connection.transaction(async (queries) => {
          await queries.query(
            "delete from lock where session = $1 and presence = $2 and turn_id = $3 and since = $4",
            [taken, ...mine],
          );
          await queries.query("select pg_notify($1, $2)", [CHANNEL, taken]);
        });
      },
    };
  }

  async changed(timeoutMs: number, signal?: AbortSignal): Promise<void> {
    const session = await this.find();
    const idOf = (state: LockState) => `${state.state} ${state.state === "free" ? "" : state.holder.turnId}`;
    const before = idOf(this.seen ?? (await this.state()));
    const isOther = async () => idOf(await this.state()) !== before;
    await untilSeen(this.connection, isOther, session, timeoutMs, signal);
  }
}

interface LockRow {
  turn_id: string;
  since: string;
  alive: boolean;
  process: unknown;
}

/** Who waits for a conversation. */
export class PostgresQueue implements TurnQueue {
  constructor(
    private readonly connection: Connection,
    private readonly presence: Presence,
    private readonly find: Find,
    private readonly make: Make,
  ) {}

  async waiting(): Promise<Waiter[]> {
    return await this.rows("true order by arrival", []);
  }

  async before(arrival: string): Promise<Waiter | undefined> {
    const [found] = await this.rows("arrival < $2 order by arrival desc limit 1", [arrival]);
    return found;
  }

  async left(
    { turnId }: Waiter,
    { timeoutMs, signal }: Parameters<TurnQueue["left"]>[1] = {},
  ): Promise<void> {
    const isGone = async () => (await this.rows("turn_id = $2", [JSON.stringify(turnId)])).length === 0;
    await untilSeen(
      this.connection,
      isGone,
      await this.find(),
      timeoutMs ?? Number.POSITIVE_INFINITY,
      signal,
    );
  }

  async join(waiter: Waiter): Promise<{ leave(): Promise<void> }> {
    const presence = await this.presence.id();
    const place = await this.connection.transaction(async (queries) => {
      const session = await this.make(queries);
      await queries.query(
        `insert into waiter (session, turn_id, presence, arrival, waiter) values ($1, $2, $3, $4, $5::json)
         on conflict (session, turn_id) do update set presence = excluded.presence`,
        [session, JSON.stringify(waiter.turnId), presence, waiter.arrival, JSON.stringify(waiter)],
      );
      return session;
    });
    return {
      leave: async () => {
        await this.connection.transaction(async (queries) => {
          await queries.query("delete from waiter where session = $1 and turn_id = $2 and presence = $3", [
            place,
            JSON.stringify(waiter.turnId),
            presence,
          ]);
          await queries.query("select pg_notify($1, $2)", [CHANNEL, place]);
        });
      },
    };
  }

  private async rows(condition: string, values: readonly unknown[]): Promise<Waiter[]> {
    const session = await this.find();
    if (session === undefined) return [];
    const rows = await this.connection.query<{ waiter: Waiter }>(
      `select waiter from waiter where session = $1 and ${ALIVE} and ${condition}`,
      [session, ...values],
    );
    return rows.map(({ waiter }) => waiter);
  }
}

/** Resolves once `isSeen`, after `timeoutMs`, or when the signal is aborted. */
async function untilSeen(
  connection: Connection,
  isSeen: () => Promise<boolean>,
  session: string | undefined,
  timeoutMs: number,
  signal?: AbortSignal,
): Promise<void> {
  const endsMs = performance.now() + timeoutMs;
  let wake: () => void = () => undefined;
  const stop = connection.listen(CHANNEL, (payload) => {
    if (payload === undefined || payload === session) wake();
  });
  const onAbort = () => wake();
  signal?.addEventListener("abort", onAbort);
  try {
    for (;;) {
      // Whatever is told from here on is looked at.
      const told = new Promise<void>((resolve) => {
        wake = resolve;
      });
      if (signal?.aborted || performance.now() >= endsMs || (await isSeen())) return;
      const leftMs = Math.max(0, Math.min(LOOK_MS, endsMs - performance.now()));
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, leftMs);
      });
      await Promise.race([told, late]);
      clearTimeout(timer);
    }
  } finally {
    signal?.removeEventListener("abort", onAbort);
    stop();
  }
}
