import { createHash } from "node:crypto";
import type { Db, JobWithMetadata, PgBoss } from "pg-boss";
import type { Connection, Queries, Transaction } from "../connection.ts";
import { JOBS_SCHEMA } from "../schema.ts";
import { Watch } from "./watch.ts";

/** The claim on a lane: there is one that holds at a time. */
export interface Ticket {
  queue: string;
  lane: string;
  id: string;
  /** Counts how often it was passed on. */
  retryCount: number;
}

const HOUR_S = 3_600;
/** The most that pg-boss allows: a turn may last this long. */
const LONGEST_TURN_S = 24 * HOUR_S;
const KEPT_S = 365 * 24 * HOUR_S;
const NEVER = 2_000_000_000;
const MONITOR_S = 1;
/** With 10,000 tickets that the database knows of, it takes 10 ms. */
const SLOW_TAKE_MS = 500;
const RECOUNT_MS = 60_000;

/**
 * Says which lanes have work, and watches over whoever works on one. A ticket is no turn, and holds no truth: one too many
 * finds nothing, one that is lost is written anew.
 */
export class Tickets {
  private made: Promise<PgBoss> | undefined;
  private team: Promise<string> | undefined;
  private readonly readied = new Set<string>();
  private watch: Watch | undefined;
  private recountedMs = Number.NEGATIVE_INFINITY;

  constructor(private readonly connection: Connection) {}

  /** A queue for each agent and workspace: a worker takes only from those that it serves. */
  async queueOf(agent: string, workspace: string): Promise<string> {
    this.team ??= this.connection
      .query<{ team: string }>("select my_team() as team")
      .then(([row]) => shortSha(row?.team ?? ""));
    this.team.catch(() => {
      this.team = undefined;
    });
    return `turns/${await this.team}/${agent}/${shortSha(workspace)}`;
  }

  /** Watches over those that work until `stop`. @throws what the database says */
  async start(queues: readonly string[], leaseS: number): Promise<void> {
    const boss = await this.boss();
    await boss.start();
    for (const queue of queues) {
      const options = {
        heartbeatSeconds: leaseS,
        expireInSeconds: LONGEST_TURN_S,
        retentionSeconds: KEPT_S,
        deleteAfterSeconds: HOUR_S,
        retryLimit: NEVER,
        retryDelay: 0,
      };
      await boss.createQueue(queue, { ...options, policy: "key_strict_fifo" });
      await boss.updateQueue(queue, options);
      await boss.getBlockedKeys(queue, { limit: 1 });
      this.readied.add(queue);
    }
    this.watch = new Watch(this.connection, leaseS * 1_000, () => boss.supervise());
    await this.watch.start();
  }

  async stop(): Promise<void> {
    this.watch?.stop();
    await (await this.made)?.stop({ graceful: false, close: false });
  }

  /**
   * Reads what is known of a queue; to be called before a transaction that writes a ticket, which must need no second
   * connection. Where nobody has served the queue yet, there is none: whoever makes it looks for work, and looks again at
   * each notice without a ticket.
   */
  async ready(agent: string, workspace: string): Promise<void> {
    const queue = await this.queueOf(agent, workspace);
    if (this.readied.has(queue)) return;
    const [known] = await this.connection.query(`select from ${JOBS_SCHEMA}.queue where name = $1`, [queue]);
    if (known === undefined) return;
    await (await this.boss()).getBlockedKeys(queue, { limit: 1 });
    this.readied.add(queue);
  }

  /** Writes a ticket as a part of a transaction. Returns whether there was a queue for it. */
  async send(queries: Transaction, queue: string, lane: string, startAfterS = 0): Promise<boolean> {
    if (!this.readied.has(queue)) return false;
    await (await this.boss()).send(
      queue,
      { lane },
      { singletonKey: lane, startAfter: startAfterS, db: sending(queries) },
    );
    return true;
  }

  /** Writes a ticket for each of these lanes, as a part of a transaction. */
  async sendAll(queries: Queries, queue: string, lanes: readonly string[]): Promise<void> {
    if (!this.readied.has(queue)) return;
    const jobs = lanes.map((lane) => ({ data: { lane }, singletonKey: lane }));
    await (await this.boss()).insert(queue, jobs, { db: dbOf(queries) });
  }

  /** Takes at most so many tickets, each of another lane. */
  async take(queue: string, most: number): Promise<Ticket[]> {
    const boss = await this.boss();
    const begin = performance.now();
    const jobs: JobWithMetadata<{ lane: string }>[] = await boss.fetch<{ lane: string }>(queue, {
      includeMetadata: true,
      batchSize: most,
    });
    const now = performance.now();
    if (now - begin > SLOW_TAKE_MS && now - this.recountedMs > RECOUNT_MS) await this.recount();
    return jobs.map(({ id, data, retryCount }) => ({ queue, lane: data.lane, id, retryCount }));
  }

  /**
   * Lets the database count the tickets anew. Until it has seen that they have become many, which it does in its own time,
   * it looks for the next one as if they were few, which takes seconds.
   */
  async recount(): Promise<void> {
    this.recountedMs = performance.now();
    await this.connection.query("select recount_tickets()");
  }

  /** A sign of life. Returns whether the ticket still holds. */
  async touch(ticket: Ticket, queries: Queries = this.connection): Promise<boolean> {
    const boss = await this.boss();
    return hasHeld(await boss.touch(ticket.queue, attemptOf(ticket), { db: dbOf(queries) }));
  }

  /** Ends a ticket as a part of a transaction; one that was passed on is another's. */
  async end(ticket: Ticket, queries: Transaction): Promise<void> {
    await (await this.boss()).complete(ticket.queue, attemptOf(ticket), null, { db: sending(queries) });
  }

  private boss(): Promise<PgBoss> {
    this.made ??= bossOn(this.connection);
    return this.made;
  }
}

/** Loaded by the first who needs it: a command that only reads does not. */
async function bossOn(connection: Connection): Promise<PgBoss> {
  const { PgBoss: Boss } = await import("../jobs/pg-boss.ts");
  const boss = new Boss({
    db: dbOf(connection),
    schema: JOBS_SCHEMA,
    migrate: false,
    createSchema: false,
    schedule: false,
    supervise: false,
    monitorIntervalSeconds: MONITOR_S,
    reindex: false,
    monitorVacuum: false,
  });
  // While the database is away, each of its timers says so.
  boss.on("error", () => undefined);
  return boss;
}

function attemptOf({ id, retryCount }: Ticket) {
  return { id, retryCount };
}

function hasHeld(response: object): boolean {
  return "affected" in response && Number(response.affected) > 0;
}

function dbOf(queries: Queries): Db {
  return { executeSql: async (text, values = []) => ({ rows: await queries.query(text, values) }) };
}

/** For what pg-boss does as a part of a transaction, where nobody needs its answer: it is told that nothing has happened. */
function sending(queries: Transaction): Db {
  return {
    executeSql: async (text, values) => {
      queries.send(text, values);
      return { rows: [{ count: 0 }] };
    },
  };
}

function shortSha(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 16);
}
