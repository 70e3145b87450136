/** Who works on the line, and what finds its turns among many others; a step of the schema. */
export const FLEET_SCHEMA = `
create table worker (
  worker uuid primary key,
  team text not null default my_team(),
  name text not null,
  agents json not null,
  workspaces json not null,
  places int not null,
  lease_s int not null,
  since timestamptz not null default now(),
  seen_at timestamptz not null default now()
);
comment on table worker is 'Who takes turns, as each says of itself. One that was killed stays for a day: seen_at tells.';

create index lane_of_workspace on lane (workspace, agent);
create index turn_of_lane_by_end on turn (lane, ended_at) where state = 'ended';
create index turn_by_deadline on turn (deadline_at) where state = 'queued' and deadline_at is not null;

create function recount_tickets() returns void language plpgsql security definer set search_path = agent_sessions, pg_catalog, pg_temp as
  $$ begin analyze agent_sessions_jobs.job_common; end $$;
revoke all on function recount_tickets() from public;
comment on function recount_tickets() is 'For workers, which do not own the tickets: the planner is told how many there are.';
`;

/** What the roles may do with it; done by each migration, it makes nothing twice. */
export const FLEET_ROLES = `
grant select on worker to agent_sessions_client;
grant select, insert, update, delete on worker to agent_sessions_worker;
grant execute on function recount_tickets() to agent_sessions_worker;
`;
