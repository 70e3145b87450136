import { FLEET_ROLES, FLEET_SCHEMA } from "./line/fleet-schema.ts";
import { CARRIED_SCHEMA, TREE_ROLES, TREE_SCHEMA } from "./line/tree-schema.ts";
import { LINE_ROLES, LINE_SCHEMA } from "./line-schema.ts";

/** Our own tables; each connection has it as its search path. */
export const SCHEMA = "agent_sessions";
/** Those of pg-boss, which wakes and watches workers. */
export const JOBS_SCHEMA = "agent_sessions_jobs";
/** Whoever accepts turns and reads their results; sees no transcript. */
export const CLIENT_ROLE = "agent_sessions_client";
/** Whoever runs turns. */
export const WORKER_ROLE = "agent_sessions_worker";

/** One step of the schema: `version` is what the database has behind it. */
export interface Migration {
  version: number;
  /** What it makes, in words for people. */
  what: string;
  sql: string;
}

/** What is there before the first step, and tells which steps were done. */
export const BEGINNING = `
create schema if not exists ${SCHEMA};
set local search_path = ${SCHEMA}, pg_catalog, pg_temp;
create table if not exists version (version int primary key, at timestamptz not null default now());
`;

/**
 * The steps from an empty database, in order. A step that was released never changes: a change is a new step.
 *
 * What people and agents have written is `json` or `bytea`, never `jsonb` or `text`: those refuse NUL, and change or refuse
 * lone surrogates. Names and ids that are looked up are kept as JSON strings (`keyText`), which escape both.
 *
 * Each table that holds anything of a team has a column `team`: row level security goes by it.
 */
export const MIGRATIONS: readonly Migration[] = [
  {
    version: 1,
    what: "tables for names, conversations, turns and transcripts",
    sql: `
create table member (
  role_name name primary key,
  team text not null
);
comment on table member is 'Which team a login belongs to; a login that is not here belongs to the team without a name.';

create function my_team() returns text language sql stable security definer set search_path = ${SCHEMA}, pg_catalog, pg_temp as
  $$ select coalesce((select team from member where role_name = session_user), '') $$;

create table scope (
  scope uuid primary key default gen_random_uuid(),
  team text not null default my_team(),
  place_sha bytea not null,
  place json not null,
  changes bigint not null default 0,
  unique (team, place_sha)
);
comment on table scope is 'Where names are unique: a workspace and an agent. Its row is locked while names change.';

create table name_line (
  n bigint generated always as identity primary key,
  team text not null default my_team(),
  scope uuid not null references scope,
  line json not null
);
create index name_line_of_scope on name_line (scope, n);
comment on table name_line is 'Every move of every name.';

create table name (
  scope uuid not null references scope,
  name text not null,
  team text not null default my_team(),
  spelling json not null,
  entry json,
  reserved_by text,
  used_at text,
  changed bigint not null,
  primary key (scope, name)
);
create index name_by_change on name (scope, changed);
comment on table name is 'The names as they are: what the lines of their scope come to, and when each was used. No entry: the name is gone.';
comment on column name.changed is 'Which of the changes of its scope changed it last.';

create table name_move (
  scope uuid not null references scope,
  place text not null,
  team text not null default my_team(),
  n bigint generated always as identity,
  moved_from json not null,
  moved_to json not null,
  changed bigint not null,
  primary key (scope, place)
);
create index name_move_by_change on name_move (scope, changed);
comment on table name_move is 'Where a name went from a place that it once had.';

create table session (
  session uuid primary key default gen_random_uuid(),
  team text not null default my_team(),
  agent text not null,
  session_id text not null,
  key json not null,
  record json,
  turns int not null default 0,
  unread text,
  tally json,
  created_at timestamptz not null default now(),
  unique (team, agent, session_id)
);
comment on table session is 'A conversation. Its row is locked while its journal grows; turns is how many turns that has.';

create table journal (
  session uuid not null references session on delete cascade,
  n int not null,
  team text not null default my_team(),
  turn_id text not null,
  turn json not null,
  outcome text,
  usage json,
  started_at text,
  ended_at text,
  primary key (session, n)
);
create index journal_by_turn on journal (session, turn_id);
comment on table journal is 'The turns that have ended. outcome, usage and times are copies of what is in turn, which may be sealed.';

create table piece (
  session uuid not null references session on delete cascade,
  file text not null,
  path json not null,
  generation int not null,
  at bigint not null,
  team text not null default my_team(),
  turns int not null,
  bytes int not null,
  data bytea not null,
  sealed_by text,
  upto_sha bytea not null,
  primary key (session, file, generation, at)
);
alter table piece alter column data set storage extended;
comment on table piece is 'Transcripts, which only grow; a file that was rewritten is a new generation. turns: how long the journal was then.';

create table presence (
  presence int generated always as identity primary key,
  team text not null default my_team(),
  process json not null,
  since timestamptz not null default now()
);
comment on table presence is 'Processes that hold locks or wait for them: each lives as long as it holds the advisory lock of its number.';

create table lock (
  session uuid primary key references session on delete cascade,
  team text not null default my_team(),
  presence int not null,
  turn_id text not null,
  since text not null
);

create table waiter (
  session uuid not null references session on delete cascade,
  turn_id text not null,
  team text not null default my_team(),
  presence int not null,
  arrival text collate "C" not null,
  waiter json not null,
  primary key (session, turn_id)
);
create index waiter_by_arrival on waiter (session, arrival);
${LINE_SCHEMA}
`,
  },
  { version: 2, what: "a table for the working trees of turns", sql: TREE_SCHEMA },
  { version: 3, what: "a table for workers, and indices for stores with many turns", sql: FLEET_SCHEMA },
  {
    version: 4,
    what: "a column for why a turn waits",
    sql: "alter table turn add column waits_because json;",
  },
  { version: 5, what: "a trigger that deletes what an ended turn has brought along", sql: CARRIED_SCHEMA },
];

/** What is done behind the steps, and again by each migration: it makes nothing twice. */
export const ROLES = `
do $do$ declare wanted text; begin
  foreach wanted in array array['${CLIENT_ROLE}', '${WORKER_ROLE}'] loop
    begin
      if not exists (select from pg_roles where rolname = wanted) then execute format('create role %I nologin', wanted); end if;
    exception when duplicate_object or unique_violation then null;
    end;
  end loop;
end $do$;

revoke all on schema ${SCHEMA} from public;
grant usage on schema ${SCHEMA} to ${CLIENT_ROLE}, ${WORKER_ROLE};
grant select on version to ${CLIENT_ROLE}, ${WORKER_ROLE};
grant select, insert, update on scope, session to ${CLIENT_ROLE}, ${WORKER_ROLE};
grant select, insert, update on name, name_move to ${CLIENT_ROLE}, ${WORKER_ROLE};
grant select, insert, update, delete on presence, lock, waiter to ${CLIENT_ROLE}, ${WORKER_ROLE};
grant select, insert on name_line, journal to ${CLIENT_ROLE}, ${WORKER_ROLE};
grant select (session, file, path, generation, at, team, turns, bytes, sealed_by, upto_sha), insert on piece to ${CLIENT_ROLE};
grant select, insert, delete on piece to ${WORKER_ROLE};
grant delete on session to ${WORKER_ROLE};
${LINE_ROLES}
${TREE_ROLES}
${FLEET_ROLES}

do $do$ declare guarded text; begin
  for guarded in select table_name from information_schema.columns where table_schema = '${SCHEMA}' and column_name = 'team' and table_name <> 'member' loop
    execute format('alter table %I enable row level security', guarded);
    execute format('drop policy if exists of_team on %I', guarded);
    execute format('create policy of_team on %I using (team = (select my_team())) with check (team = (select my_team()))', guarded);
  end loop;
end $do$;
`;

/** The same for the tables of pg-boss. */
export const JOBS_ROLES = `
grant usage on schema ${JOBS_SCHEMA} to ${CLIENT_ROLE}, ${WORKER_ROLE};
grant select on ${JOBS_SCHEMA}.queue, ${JOBS_SCHEMA}.version to ${CLIENT_ROLE};
grant select, insert on ${JOBS_SCHEMA}.job_common to ${CLIENT_ROLE};
grant select, insert, update, delete on all tables in schema ${JOBS_SCHEMA} to ${WORKER_ROLE};
grant usage, select on all sequences in schema ${JOBS_SCHEMA} to ${WORKER_ROLE};
grant execute on all functions in schema ${JOBS_SCHEMA} to ${WORKER_ROLE};
`;

/** The newest step that this program knows. */
export const SCHEMA_VERSION = MIGRATIONS.at(-1)?.version ?? 0;
