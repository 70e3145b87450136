import type { NameEdit, NameScope, NameTable } from "../../domain/names/name.ts";
import type { SessionKey, TurnEnded } from "../../domain/session/session.ts";
import type { FoundName, Glance, SessionStore, TurnsOfConversation } from "../../domain/store.ts";
import type { Connection, Transaction } from "./connection.ts";
import { keyText } from "./key-text.ts";
import type { Ending, JournalEnd } from "./line/parts.ts";
import { PostgresNames } from "./names.ts";
import type { PostgresPieces } from "./pieces.ts";
import { Presence } from "./presence.ts";
import { Seal } from "./seal.ts";
import { type GlanceRow, lockSession, PostgresSession, type Shared } from "./session.ts";

export interface PostgresStoreOptions {
  connection: Connection;
  /** Default: nothing is sealed. */
  seal?: Seal | undefined;
  /** This process, as holders of locks are told. */
  self: unknown;
  now(): Date;
}

/**
 * Names and conversations in tables on PostgreSQL, which many machines share. Each change is a transaction. Whoever has the
 * connection ends it, after `leave`.
 */
export class PostgresStore implements SessionStore {
  private readonly shared: Shared;

  constructor({ connection, seal = Seal.none, self, now }: PostgresStoreOptions) {
    const presence = new Presence(connection, self, now);
    this.shared = { connection, seal, presence, names: new PostgresNames(connection, now) };
  }

  find(scope: NameScope, name: string): Promise<FoundName> {
    return this.shared.names.find(scope, name);
  }

  list(scope: NameScope, signal?: AbortSignal | undefined): Promise<NameTable> {
    signal?.throwIfAborted();
    return this.shared.names.list(scope);
  }

  log(scope: NameScope): Promise<readonly unknown[]> {
    return this.shared.names.log(scope);
  }

  /** Waits for other changes no longer than they take: they are short, and end with their connections. */
  async update(
    scope: NameScope,
    change: (names: NameTable) => NameEdit[],
    signal?: AbortSignal | undefined,
  ): Promise<NameTable> {
    signal?.throwIfAborted();
    return await this.shared.names.update(scope, change);
  }

  /** As `update`, as a part of a transaction, with which it takes effect. */
  updateIn(
    queries: Transaction,
    scope: NameScope,
    change: (names: NameTable) => NameEdit[],
  ): Promise<NameTable> {
    return this.shared.names.updateIn(queries, scope, change);
  }

  session(key: SessionKey): PostgresSession {
    return new PostgresSession(key, this.shared);
  }

  /** As `session(key).journal.append`, as a part of a transaction, with which it takes effect. */
  async appendIn(queries: Transaction, key: SessionKey, turn: TurnEnded): Promise<void> {
    this.session(key).endIn(queries, await lockSession(queries, key), turn);
  }

  /**
   * Locks the conversation of a turn, and reads what the end of the turn needs; what it returns writes that. It is all a part
   * of a transaction, with which it takes effect.
   */
  async ending(
    queries: Transaction,
    { key, turn, after = {}, growth = [] }: JournalEnd,
    pieces: PostgresPieces,
  ): Promise<Ending> {
    const { names } = after;
    const [row, writePieces, writeNames] = await Promise.all([
      lockSession(queries, key),
      pieces.growing(queries, key, growth),
      names && this.shared.names.afterTurn(queries, names),
    ]);
    return {
      write: () => writePieces(this.session(key).endIn(queries, row, turn, after)),
      writeNames: async () => writeNames?.(),
    };
  }

  async glances(agent: string, sessionIds: readonly string[]): Promise<Map<string, Glance>> {
    const byKey = new Map(sessionIds.map((sessionId) => [keyText(sessionId), sessionId]));
    const rows = await this.shared.connection.query<GlanceRow & { session_id: string }>(
      `select session_id, turn_id, turn, turns, unread from session
       join journal on journal.session = session.session and journal.n = session.turns
       where session.team = my_team() and agent = $1 and session_id = any($2)`,
      [keyText(agent), [...byKey.keys()]],
    );
    const found = new Map<string, Glance>();
    for (const row of rows) {
      const sessionId = byKey.get(row.session_id);
      if (sessionId !== undefined) found.set(sessionId, this.session({ agent, sessionId }).glanceOf(row));
    }
    return found;
  }

  scopes(): AsyncIterable<NameScope> {
    return this.shared.names.scopes();
  }

  async *sessions(): AsyncGenerator<SessionKey> {
    const rows = await this.shared.connection.query<{ key: SessionKey }>(
      "select key from session where record is not null and team = my_team()",
    );
    for (const { key } of rows) yield key;
  }

  /** All turns: which of them has the words can't be seen where they are sealed. */
  async *turnsWith({ agent }: { agent?: string | undefined }): AsyncGenerator<TurnsOfConversation> {
    const rows = await this.shared.connection.query<{ key: SessionKey }>(
      `select key from session join journal on journal.session = session.session and journal.n = session.turns
       where session.team = my_team() and ($1::text is null or agent = $1) order by journal.ended_at desc nulls last`,
      [agent === undefined ? null : keyText(agent)],
    );
    for (const { key } of rows) {
      const turns = (await this.session(key).journal.read()).reverse();
      const [newest] = turns;
      if (newest !== undefined) yield { key, writtenMs: Date.parse(newest.at), turns };
    }
  }

  /** Gives up the locks and places of this process. */
  async leave(): Promise<void> {
    await this.shared.presence.leave();
  }
}
