import type { TestDatabase } from "./database.ts";

/** A store that has been in use for a while. */
export interface ManyRows {
  workspaces: number;
  /** Names of each workspace, each of a conversation of its own. */
  names: number;
  /** Turns of each conversation, which have ended in the last hundred days. */
  turns: number;
}

/** The workspaces of `fillStore` are of this agent. */
export const FILLED_AGENT = "claude";
export const filledWorkspace = (at: number) => `git:bench/shop-${at}`;
export const filledName = (at: number) => `review-${at}`;
export const filledSession = (workspace: number, name: number) => `session-${workspace}-${name}`;

/** Fills an empty store by statements of the database, as its owner: row for row what a fleet would have written. */
export async function fillStore(
  database: Pick<TestDatabase, "run">,
  { workspaces, names, turns }: ManyRows,
): Promise<void> {
  const conversations = workspaces * names;
  // What the n-th conversation, from 0, is called.
  const sessionId = (n: string) => `'session-' || (${n} / ${names}) || '-' || (${n} % ${names})`;
  const uuid = (kind: string, n: string) => `md5('${kind}' || (${n}))::uuid`;
  const workspace = (n: string) => `'git:bench/shop-' || (${n})`;
  const at = `to_char(ended, 'YYYY-MM-DD"T"HH24:MI:SS"Z"')`;
  const total = conversations * turns;
  await database.run(`
set search_path = agent_sessions, pg_catalog;
set synchronous_commit = off;

insert into scope (scope, place_sha, place, changes)
select ${uuid("scope", "w")}, sha256(convert_to('["${FILLED_AGENT}",{"workspace":"' || ${workspace("w")} || '"}]', 'UTF8')),
  json_build_object('agent', '${FILLED_AGENT}', 'workspace', ${workspace("w")}), ${names}
from generate_series(0, ${workspaces - 1}) w;

insert into name (scope, name, spelling, entry, used_at, changed)
select ${uuid("scope", `n / ${names}`)}, '"review-' || (n % ${names}) || '"', to_json('review-' || (n % ${names})),
  json_build_object('name', 'review-' || (n % ${names}), 'sessionId', ${sessionId("n")}, 'createdAt', '2026-07-01T10:00:00.000Z'),
  '2026-11-01T10:00:00.000Z', n % ${names} + 1
from generate_series(0, ${conversations - 1}) n;

insert into name_line (scope, line)
select scope, json_build_object('at', '2026-07-01T10:00:00.000Z', 'edits',
  json_build_array(json_build_object('op', 'set', 'entry', entry, 'reason', 'create')))
from name;

insert into session (session, agent, session_id, key, record, turns)
select ${uuid("session", "n")}, '"${FILLED_AGENT}"', '"' || ${sessionId("n")} || '"',
  json_build_object('agent', '${FILLED_AGENT}', 'sessionId', ${sessionId("n")}),
  json_build_object('agent', '${FILLED_AGENT}', 'sessionId', ${sessionId("n")}, 'workspace', ${workspace(`n / ${names}`)},
    'createdAt', '2026-07-01T10:00:00.000Z'), ${turns}
from generate_series(0, ${conversations - 1}) n;

insert into lane (lane, agent, session_id, workspace, last_seq, done_seq)
select ${uuid("lane", "n")}, '${FILLED_AGENT}', ${sessionId("n")}, ${workspace(`n / ${names}`)}, ${turns}, ${turns}
from generate_series(0, ${conversations - 1}) n;

-- Turn after turn in time, so that those of a conversation lie as far apart as they would.
create temporary table many as
select i, i % ${conversations} as n, i / ${conversations} + 1 as seq, 'filled-' || i as turn_id,
  now() - interval '100 days' * ((${total} - i) / ${total}::float8) as ended
from generate_series(0, ${total - 1}) i;

insert into journal (session, n, turn_id, turn, outcome, usage, started_at, ended_at)
select ${uuid("session", "n")}, seq, '"' || turn_id || '"', json_build_object('turnId', turn_id, 'at', ${at}, 'startedAt', ${at},
    'name', 'review-' || (n % ${names}), 'outcome', 'succeeded', 'continuity', 'native', 'prompt', 'What about the rounding of ' || i || '?',
    'text', 'Prices are rounded half to even, in a single place. ' || repeat('And it is tested. ', 10),
    'usage', json_build_object('inputTokens', 1200, 'outputTokens', 80)),
  'succeeded', '{"inputTokens":1200,"outputTokens":80}', ${at}, ${at}
from many order by i;

insert into turn (turn_id, lane, seq, name, prompt_sha, prompt, request, state, attempt, worker, result, begun_at, accepted_at, started_at, ended_at)
select turn_id, ${uuid("lane", "n")}, seq, '"review-' || (n % ${names}) || '"', sha256(convert_to(turn_id, 'UTF8')),
  convert_to('What about the rounding of ' || i || '?', 'UTF8'),
  json_build_object('scope', json_build_object('agent', '${FILLED_AGENT}', 'workspace', ${workspace(`n / ${names}`)}),
    'name', 'review-' || (n % ${names}), 'calledBy', 'the bench', 'acceptedAt', ${at}),
  'ended', 1, 'machine/1', json_build_object('turn_id', turn_id, 'outcome', 'succeeded',
    'text', 'Prices are rounded half to even, in a single place. ' || repeat('And it is tested. ', 10)), ended, ended, ended, ended
from many order by i;

drop table many;
analyze;
`);
}

/** The workspace of `fillWaiting`. */
export const WAITING = "git:bench/waiting";

/** Lets so many new conversations wait for a worker, with a turn each; nobody has served their workspace yet. */
export async function fillWaiting(database: Pick<TestDatabase, "run">, conversations: number): Promise<void> {
  await database.run(`
set search_path = agent_sessions, pg_catalog;

insert into lane (lane, agent, session_id, workspace, last_seq)
select md5('waiting' || n)::uuid, '${FILLED_AGENT}', 'waiting-' || n, '${WAITING}', 1
from generate_series(0, ${conversations - 1}) n;

insert into turn (turn_id, lane, seq, name, prompt_sha, prompt, request, state)
select 'waiting-' || n, md5('waiting' || n)::uuid, 1, '"waiting-' || n || '"', sha256('Hello.'), 'Hello.',
  json_build_object('scope', json_build_object('agent', '${FILLED_AGENT}', 'workspace', '${WAITING}'),
    'name', 'waiting-' || n, 'calledBy', 'the bench', 'acceptedAt', '2026-11-01T10:00:00.000Z'), 'queued'
from generate_series(0, ${conversations - 1}) n;
analyze;
`);
}
