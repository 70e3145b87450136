import type { SessionKey, SessionRecord, TurnEnded } from "../../domain/session/session.ts";
import type { AfterTurn, Glance, SessionFolder, Tally, TurnLock, TurnQueue } from "../../domain/store.ts";
import type { Connection, Queries, Transaction } from "./connection.ts";
import { keyText } from "./key-text.ts";
import type { PostgresNames } from "./names.ts";
import { PostgresLock, PostgresQueue, type Presence } from "./presence.ts";
import type { Seal } from "./seal.ts";

/** What conversations share. */
export interface Shared {
  connection: Connection;
  names: PostgresNames;
  seal: Seal;
  presence: Presence;
}

/** The row of a conversation. */
export interface SessionRow {
  session: string;
  record: unknown;
  turns: number;
}

/** A conversation. */
export class PostgresSession implements SessionFolder {
  readonly lock: TurnLock;
  readonly queue: TurnQueue;

  constructor(
    readonly key: SessionKey,
    private readonly shared: Shared,
  ) {
    const session = (queries: Queries) => lockSession(queries, key).then((row) => row.session);
    this.lock = new PostgresLock(shared.connection, shared.presence, () => this.id(), session);
    this.queue = new PostgresQueue(shared.connection, shared.presence, () => this.id(), session);
  }

  readonly journal = {
    append: (turn: TurnEnded): Promise<void> => this.end(turn),
    read: async (): Promise<TurnEnded[]> => (await this.turnsBehind(0)).turns,
    last: async (): Promise<TurnEnded | undefined> => {
      const [found] = await this.turns("n = (select turns from session where session = $1)", []);
      return found;
    },
    size: async (): Promise<number> => {
      const [row] = await this.rows<{ turns: number }>("select turns from session where session = $1");
      return row?.turns ?? 0;
    },
    find: async (turnId: string): Promise<TurnEnded | undefined> => {
      const [found] = await this.turns("turn_id = $2", [keyText(turnId)]);
      return found;
    },
    since: async (size: number): Promise<{ turns: TurnEnded[]; from: number; size: number }> => {
      const found = await this.turnsBehind(size);
      return found.from === size ? found : this.turnsBehind(0);
    },
  };

  readonly tally = {
    read: async (): Promise<Tally | undefined> => {
      const [row] = await this.rows<{ tally: Tally | null }>("select tally from session where session = $1");
      return row?.tally ?? undefined;
    },
    save: async (tally: Tally): Promise<void> => {
      await this.rows("update session set tally = $2::json where session = $1", [JSON.stringify(tally)]);
    },
  };

  readonly unread = {
    set: async (turnId: string): Promise<void> => {
      await this.change((queries, { session }) =>
        queries.query("update session set unread = $2 where session = $1", [session, keyText(turnId)]),
      );
    },
    clear: async (turnId: string): Promise<void> => {
      await this.rows("update session set unread = null where session = $1 and unread = $2", [
        keyText(turnId),
      ]);
    },
  };

  async record(): Promise<SessionRecord | undefined> {
    const [row] = await this.rows<SessionRow>("select record from session where session = $1");
    return row && this.opened(row);
  }

  async saveRecord(record: SessionRecord): Promise<void> {
    await this.shared.connection.transaction((queries) => this.saveRecordIn(queries, record));
  }

  /** As `saveRecord`, as a part of a transaction, with which it takes effect. */
  async saveRecordIn(queries: Transaction, record: SessionRecord): Promise<void> {
    const row = await lockSession(queries, this.key);
    this.saveIn(queries, row, { ...this.opened(row), ...record });
  }

  async changeRecord(change: (record: SessionRecord) => SessionRecord): Promise<void> {
    await this.shared.connection.transaction(async (queries) => {
      const [row] = await queries.query<SessionRow>(
        "select session, record from session where team = my_team() and agent = $1 and session_id = $2 for update",
        this.where(),
      );
      const record = row && this.opened(row);
      if (row !== undefined && record !== undefined) this.saveIn(queries, row, change(record));
    });
  }

  async end(turn: TurnEnded, after: AfterTurn = {}): Promise<void> {
    const { names } = after;
    await this.shared.connection.transaction(async (queries) => {
      const [row, writeNames] = await Promise.all([
        lockSession(queries, this.key),
        names && this.shared.names.afterTurn(queries, names),
      ]);
      this.endIn(queries, row, turn, after);
      await writeNames?.();
    });
  }

  /**
   * As `end` without its names, as a part of a transaction, with which it takes effect. `row` is that of the conversation,
   * locked; returns it as it is afterwards.
   */
  endIn(
    queries: Transaction,
    row: SessionRow,
    turn: TurnEnded,
    { record }: Pick<AfterTurn, "record"> = {},
  ): SessionRow {
    if (record !== undefined) this.saveIn(queries, row, { ...this.opened(row), ...record });
    const n = row.turns + 1;
    queries.send(
      `insert into journal (session, n, turn_id, turn, outcome, usage, started_at, ended_at)
       values ($1, $2, $3, $4::json, $5, $6::json, $7, $8)`,
      [
        row.session,
        n,
        keyText(turn.turnId),
        this.shared.seal.json(turn, this.placeOf(turn.turnId)),
        plain(turn.outcome),
        turn.usage === undefined ? null : JSON.stringify(turn.usage),
        plain(turn.startedAt),
        plain(turn.at),
      ],
    );
    queries.send("update session set turns = $2 where session = $1", [row.session, n]);
    return { ...row, turns: n };
  }

  /** What a list tells of it; `row.turn` is its newest turn. */
  glanceOf({ turn, turn_id, turns, unread }: GlanceRow): Glance {
    return {
      turns,
      last: this.openedTurn(turn_id, turn),
      isUnread: unread !== null && unread === turn_id,
    };
  }

  private async turnsBehind(size: number): Promise<{ turns: TurnEnded[]; from: number; size: number }> {
    const turns = await this.turns("n > $2 order by n", [size]);
    const found = size + turns.length;
    const isWhole = size === 0 || turns.length > 0 || (await this.journal.size()) === size;
    return { turns, from: isWhole ? size : -1, size: found };
  }

  private async turns(condition: string, values: readonly unknown[]): Promise<TurnEnded[]> {
    const rows = await this.rows<{ turn_id: string; turn: unknown }>(
      `select turn_id, turn from journal where session = $1 and ${condition}`,
      values,
    );
    return rows.map(({ turn_id, turn }) => this.openedTurn(turn_id, turn));
  }

  private openedTurn(turnIdKey: string, turn: unknown): TurnEnded {
    return this.shared.seal.openJson(turn, `${this.place}/turn/${turnIdKey}`) as TurnEnded;
  }

  private placeOf(turnId: string): string {
    return `${this.place}/turn/${keyText(turnId)}`;
  }

  private get place(): string {
    return `session/${this.where().join("/")}`;
  }

  private opened({ record }: Pick<SessionRow, "record">): SessionRecord | undefined {
    if (record === null) return undefined;
    return this.shared.seal.openJson(record, `${this.place}/record`) as SessionRecord;
  }

  private saveIn(
    queries: Transaction,
    { session }: Pick<SessionRow, "session">,
    record: SessionRecord,
  ): void {
    queries.send("update session set record = $2::json where session = $1", [
      session,
      this.shared.seal.json(record, `${this.place}/record`),
    ]);
  }

  private async change(work: (queries: Queries, row: SessionRow) => Promise<unknown>): Promise<void> {
    await this.shared.connection.transaction(async (queries) => {
      await work(queries, await lockSession(queries, this.key));
    });
  }

  /** Runs a statement whose `$1` is the conversation's row. */
  private async rows<Row>(text: string, values: readonly unknown[] = []): Promise<Row[]> {
    const session = await this.id();
    return session === undefined ? [] : this.shared.connection.query<Row>(text, [session, ...values]);
  }

  private known: string | undefined;

  /** The conversation's row; undefined while there is none. */
  private async id(): Promise<string | undefined> {
    if (this.known === undefined) {
      const [row] = await this.shared.connection.query<{ session: string }>(
        "select session from session where team = my_team() and agent = $1 and session_id = $2",
        this.where(),
      );
      this.known = row?.session;
    }
    return this.known;
  }

  private where(): [string, string] {
    return [keyText(this.key.agent), keyText(this.key.sessionId)];
  }
}

export interface GlanceRow {
  turn_id: string;
  turn: unknown;
  turns: number;
  unread: string | null;
}

/** Locks the row of a conversation, and makes it where there is none. */
export async function lockSession(queries: Queries, { agent, sessionId }: SessionKey): Promise<SessionRow> {
  const where = [keyText(agent), keyText(sessionId)];
  const lock = () =>
    queries.query<SessionRow>(
      "select session, record, turns from session where team = my_team() and agent = $1 and session_id = $2 for update",
      where,
    );
  const [found] = await lock();
  if (found !== undefined) return found;
  await queries.query(
    "insert into session (agent, session_id, key) values ($1, $2, $3::json) on conflict (team, agent, session_id) do nothing",
    [...where, JSON.stringify({ agent, sessionId })],
  );
  const [made] = await lock();
  if (made === undefined) throw new Error("The row of the conversation is gone.");
  return made;
}

/** A copy for whoever reads the tables: nothing where the text is none that a column takes. */
function plain(text: unknown): string | null {
  return typeof text === "string" && /^[\x20-\x7e]*$/.test(text) ? text : null;
}
