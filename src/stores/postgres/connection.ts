import { createHash } from "node:crypto";
import {
  Client,
  type ClientBase,
  type ClientConfig,
  Pool,
  type QueryConfig,
  type QueryResult,
  types,
} from "pg";
import type { StoreAddress } from "../store-address.ts";
import { isAway, isConflict, storeError } from "./errors.ts";
import { SCHEMA } from "./schema.ts";
import { tlsOf } from "./tls.ts";

/** What statements are sent by: a pool, or the one connection of a transaction. */
export interface Queries {
  /** Returns the rows; `bigint` as numbers, `json` parsed, times as `Date`. */
  query<Row = Record<string, unknown>>(text: string, values?: readonly unknown[]): Promise<Row[]>;
}

/**
 * The statements of a transaction. Each goes to the database at once, in the order in which they are asked for: several of
 * them take the time of one, if nobody waits for an answer that the next one does not need.
 */
export interface Transaction extends Queries {
  /** Sends a statement whose answer nobody needs. If it fails, so does the transaction. */
  send(text: string, values?: readonly unknown[]): void;
}

/** How long a connection may take. A busy server takes its time; one that is away says so at once. */
const CONNECT_MS = 10_000;
/** How soon a lost connection for notices is tried again. */
const RECONNECT_MS = 500;
/** How often a transaction is tried that two others have kept from going on. */
const TRIES = 5;
/** How soon whoever is patient tries again while the database is away. */
const AGAIN_MS = 200;

/** The connections to one store. */
export class Connection implements Queries {
  private readonly pool: Pool;
  private readonly config: ClientConfig;
  private readonly heard = new Map<string, Set<(payload: string | undefined) => void>>();
  private listener: Promise<Client> | undefined;
  private hasEnded = false;
  private readonly patience: AbortSignal | undefined;

  /**
   * Connects with the first query. With `patience`, whatever is asked while the database is away waits until it is back or
   * that signal is aborted. What was asked when it went away is asked again, so it must be the same twice as once.
   */
  constructor(
    readonly address: StoreAddress,
    { most = 10, patience }: { most?: number | undefined; patience?: AbortSignal | undefined } = {},
  ) {
    this.config = configOf(address);
    this.patience = patience;
    const pool = { max: most, idleTimeoutMillis: 10_000, allowExitOnIdle: true, pipeline: true };
    this.pool = new Pool({ ...this.config, ...pool });
    // A connection that is lost while nobody uses it is made anew by the next query.
    this.pool.on("error", () => undefined);
  }

  /** @throws AppError as `storeError` says */
  async query<Row = Record<string, unknown>>(text: string, values: readonly unknown[] = []): Promise<Row[]> {
    return this.patiently(async () => {
      try {
        return rowsOf<Row>(await this.pool.query(text, [...values]));
      } catch (error) {
        throw storeError(error, this.address);
      }
    });
  }

  /** As `query`, for one of a few texts: each connection plans it once. @throws AppError as `storeError` says */
  async queryOften<Row = Record<string, unknown>>(text: string, values: readonly unknown[]): Promise<Row[]> {
    return this.patiently(async () => {
      try {
        return rowsOf<Row>(await this.pool.query(prepared(text, values)));
      } catch (error) {
        throw storeError(error, this.address);
      }
    });
  }

  /**
   * The same for statements that may take so long: one without an answer by then is an error, and its connection is given up.
   * A network that has swallowed packets is asked again later and later, for minutes.
   */
  within(limitMs: number): Queries {
    return {
      query: async <Row>(text: string, values: readonly unknown[] = []) => {
        try {
          const config = { text, values: [...values], query_timeout: limitMs };
          return rowsOf<Row>(await this.pool.query(config));
        } catch (error) {
          throw storeError(error, this.address);
        }
      },
    };
  }

  /**
   * Runs `work` in a transaction, all or nothing. It is run again if two transactions have kept each other from going on,
   * so it must have no effect but in the database. Whatever it has asked for, it must have waited for or sent: what it asks
   * for afterwards is an error.
   *
   * @throws AppError as `storeError` says; where the connection is lost during the commit, nobody knows whether it holds
   */
  async transaction<T>(work: (queries: Transaction) => Promise<T>): Promise<T> {
    for (let tries = 1; ; tries += 1) {
      try {
        return await this.patiently(() => this.once(work));
      } catch (error) {
        if (!isConflict(error) || tries === TRIES) throw error;
      }
    }
  }

  private patiently<T>(work: () => Promise<T>): Promise<T> {
    return this.patience === undefined ? work() : untilBack(work, AGAIN_MS, this.patience);
  }

  private async once<T>(work: (queries: Transaction) => Promise<T>): Promise<T> {
    const { address } = this;
    const client = await this.pool.connect().catch((error: unknown) => {
      throw storeError(error, address);
    });
    let broken: Error | undefined;
    const onError = (error: Error) => {
      broken = error;
    };
    client.on("error", onError);
    const statements = new Statements(queriesOf(client, address));
    try {
      statements.send("begin");
      const result = await work(statements);
      await statements.commit();
      return result;
    } catch (error) {
      statements.close();
      await client.query("rollback").catch(onError);
      throw statements.failure ?? error;
    } finally {
      client.removeListener("error", onError);
      client.release(broken);
    }
  }

  /**
   * Calls `onNotice` with each payload of a channel; with undefined once it listens, and each time that notices may have been
   * missed. Returns what ends it. While the database is away it tries again.
   */
  listen(channel: string, onNotice: (payload: string | undefined) => void): () => void {
    const those = this.heard.get(channel) ?? new Set();
    const isFirst = those.size === 0;
    this.heard.set(channel, those.add(onNotice));
    if (this.listener === undefined) this.startListening();
    else if (isFirst)
      void this.listener
        .then((client) => client.query(`listen ${client.escapeIdentifier(channel)}`))
        .then(
          () => onNotice(undefined),
          () => undefined,
        );
    else onNotice(undefined);
    return () => {
      those.delete(onNotice);
    };
  }

  private startListening(): void {
    const client = new Client(this.config);
    let isOver = false;
    const again = () => {
      if (isOver) return;
      isOver = true;
      void client.end().catch(() => undefined);
      this.listener = undefined;
      if (!this.hasEnded)
        setTimeout(() => this.hasEnded || this.listener || this.startListening(), RECONNECT_MS).unref();
    };
    client.on("error", again);
    client.on("end", again);
    client.on("notification", ({ channel, payload }) => {
      for (const onNotice of this.heard.get(channel) ?? []) onNotice(payload ?? "");
    });
    this.listener = (async () => {
      await client.connect();
      // Whoever waits for a notice has a timer; nobody else is held up by this connection.
      unref(client);
      for (const channel of this.heard.keys())
        await client.query(`listen ${client.escapeIdentifier(channel)}`);
      for (const those of this.heard.values()) for (const onNotice of those) onNotice(undefined);
      return client;
    })();
    this.listener.catch(again);
  }

  /** A connection of its own, for what holds as long as the connection does; the caller ends it. */
  async own(): Promise<Client> {
    const client = new Client(this.config);
    client.on("error", () => undefined);
    try {
      await client.connect();
      return client;
    } catch (error) {
      throw storeError(error, this.address);
    }
  }

  async end(): Promise<void> {
    if (this.hasEnded) return;
    this.hasEnded = true;
    const listener = await this.listener?.catch(() => undefined);
    // Whoever waits for the end must not be ended by it: nothing else may keep the process.
    if (listener !== undefined) ref(listener);
    await Promise.all([listener?.end().catch(() => undefined), this.pool.end()]);
  }
}

/** What goes to one connection for a transaction. */
class Statements implements Transaction {
  /** Why the transaction has failed: the first error, of which those behind it are a consequence. */
  failure: unknown;
  private readonly sent: Promise<unknown>[] = [];
  private isOver = false;

  constructor(private readonly queries: Queries) {}

  async query<Row>(text: string, values?: readonly unknown[]): Promise<Row[]> {
    if (this.isOver) throw new Error(`The transaction is over: ${text}`);
    try {
      return await this.queries.query<Row>(text, values);
    } catch (error) {
      this.failure ??= error;
      throw error;
    }
  }

  send(text: string, values?: readonly unknown[]): void {
    if (this.isOver) throw new Error(`The transaction is over: ${text}`);
    // Its error is kept, and thrown by the commit.
    this.sent.push(this.query(text, values).catch(() => undefined));
  }

  /** Goes behind all that was sent: where one of that fails, the database takes it for the end of a failure. */
  async commit(): Promise<void> {
    this.send("commit");
    this.close();
    await Promise.all(this.sent);
    if (this.failure !== undefined) throw this.failure;
  }

  close(): void {
    this.isOver = true;
  }
}

/** Tries until the database is back, the signal is aborted, or another error comes. */
export async function untilBack<T>(work: () => Promise<T>, everyMs: number, signal: AbortSignal): Promise<T> {
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (!isAway(error) || signal.aborted) throw error;
      await new Promise((resolve) => setTimeout(resolve, everyMs));
    }
  }
}

function ref(client: Client): void {
  (client as unknown as { ref(): void }).ref();
}

/** Lets the process end though the connection is open; the types of `pg` do not have it. */
function unref(client: Client): void {
  (client as unknown as { unref(): void }).unref();
}

/** Several statements in one text give a result each, though the types of `pg` do not say so. */
function rowsOf<Row>(result: QueryResult | QueryResult[]): Row[] {
  return (Array.isArray(result) ? result.flatMap(({ rows }) => rows) : result.rows) as Row[];
}

/** Statements over one connection; each text must be one of a few. */
export function queriesOf(client: ClientBase, address: StoreAddress): Queries {
  return {
    query: async <Row>(text: string, values: readonly unknown[] = []) => {
      try {
        return rowsOf<Row>(await client.query(prepared(text, values)));
      } catch (error) {
        throw storeError(error, address);
      }
    },
  };
}

/** A text with parameters gets a name, by which its connection knows it again. */
function prepared(text: string, values: readonly unknown[]): QueryConfig {
  if (values.length === 0) return { text };
  const name = names.get(text) ?? createHash("sha256").update(text).digest("hex").slice(0, 32);
  names.set(text, name);
  return { text, values: [...values], name };
}

const names = new Map<string, string>();

/** What `pg` and pg-boss connect with. */
export function configOf(address: StoreAddress): ClientConfig {
  const { host, port, database, user, password, options } = address;
  return {
    host,
    port,
    database,
    ...(user === undefined ? {} : { user }),
    ...(password === undefined ? {} : { password }),
    ssl: tlsOf(address),
    options: ["-c", `search_path=${SCHEMA},pg_catalog,pg_temp`, options ?? ""].join(" ").trim(),
    application_name: "agent-sessions",
    connectionTimeoutMillis: CONNECT_MS,
    keepAlive: true,
    types: { getTypeParser },
  };
}

const INT8 = 20;
/** Our counters stay far below 2 ** 53. */
const getTypeParser = ((oid: number, format?: "text") =>
  oid === INT8 ? Number : types.getTypeParser(oid, format)) as typeof types.getTypeParser;
