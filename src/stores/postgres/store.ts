import type { NameEdit, NameScope, NameTable } from "../../domain/names/name.ts";
import type { SessionKey, TurnEnded } from "../../domain/session/session.ts";
import type { AfterTurn, FoundName, Glance, SessionStore, TurnsOfConversation } from "../../domain/store.ts";
import type { Connection, Queries } from "./connection.ts";
import { keyText } from "./key-text.ts";
import { PostgresNames } from "./names.ts";
import { Presence } from "./presence.ts";
import { Seal } from "./seal.ts";
import { type GlanceRow, PostgresSession, type Shared } from "./session.ts";

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
  updateIn(queries: Queries, scope: NameScope, change: (names: NameTable) => NameEdit[]): Promise<NameTable> {
    return this.shared.names.updateIn(queries, scope, change);
  }

  session(key: SessionKey): PostgresSession {
    return new PostgresSession(key, this.shared);
  }

  /** As `session(key).end`, as a part of a transaction, with which it takes effect. */
  endIn(queries: Queries, key: SessionKey, turn: TurnEnded, after: AfterTurn = {}): Promise<void> {
    return this.session(key).endIn(queries, turn, after);
  }

  /** What a turn changes of names, as a part of a transaction, with which it takes effect. */
  namesAfterTurn(queries: Queries, names: NonNullable<AfterTurn["names"]>): Promise<void> {
    return this.shared.names.afterTurn(queries, names);
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
