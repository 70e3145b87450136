/** The tables of the line; part of the first step of the schema. */
export const LINE_SCHEMA = `
create table lane (
  lane uuid primary key default gen_random_uuid(),
  team text not null default my_team(),
  agent text not null,
  session_id text,
  workspace text not null,
  last_seq bigint not null default 0,
  done_seq bigint not null default 0,
  created_at timestamptz not null default now(),
  unique (team, agent, session_id)
);
create index lane_with_work on lane (agent, workspace) where done_seq < last_seq;
comment on table lane is 'The line of a conversation: its turns go one after the other. done_seq < last_seq: turns wait or run.';

create table turn (
  turn_id text primary key,
  lane uuid not null references lane on delete cascade,
  team text not null default my_team(),
  seq bigint not null,
  name text not null,
  is_first boolean not null default false,
  request_id text,
  prompt_sha bytea,
  prompt bytea not null,
  sealed_by text,
  request json not null,
  state text not null check (state in ('queued', 'running', 'ended')),
  attempt int not null default 0,
  worker text,
  begun_at timestamptz,
  cancelled json,
  deadline_at timestamptz,
  result json,
  accepted_at timestamptz not null default now(),
  started_at timestamptz,
  ended_at timestamptz,
  unique (lane, seq)
);
create unique index turn_of_request on turn (lane, request_id) where request_id is not null;
create index turn_by_request on turn (request_id) where request_id is not null;
create index turn_open on turn (lane, seq) where state <> 'ended';
create index turn_by_end on turn (ended_at) where state = 'ended';
comment on column turn.attempt is 'The fence: only the attempt that is here may write.';

create table said (
  turn_id text not null,
  attempt int not null,
  n int not null,
  team text not null default my_team(),
  at timestamptz not null default now(),
  data bytea not null,
  sealed_by text,
  primary key (turn_id, attempt, n)
);
create index said_by_time on said (at);
comment on table said is 'What agents print while turns run, for those who follow them; what is a day old is deleted by gc.';

create function guard_turn() returns trigger language plpgsql set search_path = agent_sessions, pg_catalog, pg_temp as $$
begin
  if old.state <> 'queued' and not pg_has_role(current_user, 'agent_sessions_worker', 'member')
     and (new.state, new.attempt, new.worker, new.result::text) is distinct from (old.state, old.attempt, old.worker, old.result::text) then
    raise exception 'Only a worker may change a turn that has begun.' using errcode = 'insufficient_privilege';
  end if;
  return new;
end $$;
`;

/** What the roles may do with them; done by each migration, it makes nothing twice. */
export const LINE_ROLES = `
grant select, insert, update on lane, turn to agent_sessions_client, agent_sessions_worker;
grant select on said to agent_sessions_client;
grant select, insert, delete on said to agent_sessions_worker;
grant delete on turn, lane to agent_sessions_worker;
drop trigger if exists guard_turn on turn;
create trigger guard_turn before update on turn for each row execute function guard_turn();
`;
