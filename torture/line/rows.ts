import type { Postgres } from "../../test/support/postgres/server.ts";

/** A turn as its row has it. */
export interface TurnRow {
  turnId: string;
  lane: string;
  seq: number;
  state: string;
  attempt: number;
  outcome: string | null;
  text: string | null;
  sessionId: string | null;
  failure: string | null;
}

/** What the database holds, read by nothing of ours. */
export interface Rows {
  turns: Map<string, TurnRow>;
  /** The ids of the turns in the journal of each conversation, in order, and how each ended. */
  journals: Map<string, { turnId: string; outcome: string | null }[]>;
  /** Lanes that are not done, by their id. */
  undone: string[];
  /** Tickets that are left, with their states. */
  tickets: string[];
}

export async function readRows(server: Postgres, database: string): Promise<Rows> {
  const all = async (sql: string) =>
    (await server.run(database, `set search_path = agent_sessions; ${sql}`)) as never[];
  const turns: (Omit<TurnRow, "seq" | "attempt"> & { seq: string; attempt: string })[] = await all(
    `select turn_id as "turnId", t.lane, t.seq, t.state, t.attempt, t.result->>'outcome' as outcome, t.result->>'text' as text,
       l.session_id as "sessionId", t.result->'failure'->>'message' as failure from turn t join lane l using (lane)`,
  );
  const lines: { sessionId: string; turnId: string; outcome: string | null }[] = await all(
    `select s.session_id as "sessionId", j.turn_id as "turnId", j.outcome from journal j join session s using (session) order by j.session, j.n`,
  );
  const journals: Rows["journals"] = new Map();
  for (const { sessionId: key, turnId, outcome } of lines) {
    const sessionId = fromKey(key);
    journals.set(sessionId, [...(journals.get(sessionId) ?? []), { turnId: fromKey(turnId), outcome }]);
  }
  const undone: { lane: string }[] = await all("select lane from lane where done_seq <> last_seq");
  const tickets: { state: string; key: string }[] = await all(
    "select state, singleton_key as key from agent_sessions_jobs.job where state not in ('completed', 'cancelled') and name like 'turns/%'",
  );
  return {
    turns: new Map(
      turns.map((row) => [row.turnId, { ...row, seq: Number(row.seq), attempt: Number(row.attempt) }]),
    ),
    journals,
    undone: undone.map(({ lane }) => lane),
    tickets: tickets.map(({ state, key }) => `${key} ${state}`),
  };
}

/** Keys of names and conversations are kept as JSON. */
function fromKey(text: string): string {
  return text.startsWith('"') ? JSON.parse(text) : text;
}
