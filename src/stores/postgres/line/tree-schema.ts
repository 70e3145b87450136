/** The working trees that turns bring and leave; the second step of the schema. */
export const TREE_SCHEMA = `
create table tree_part (
  turn_id text not null references turn on delete cascade,
  part text not null check (part in ('before', 'after')),
  team text not null default my_team(),
  data bytea not null,
  sealed_by text,
  primary key (turn_id, part)
);
comment on table tree_part is 'before: what the caller''s folder had beyond its commit, until the turn ends. after: the patch of what the turn has changed.';
`;

/** What a turn has brought along is read by nobody once the turn has ended; a step of the schema. */
export const CARRIED_SCHEMA = `
create function drop_carried() returns trigger language plpgsql security definer set search_path = agent_sessions, pg_catalog, pg_temp as $$
begin
  delete from tree_part where turn_id = new.turn_id and part = 'before';
  return null;
end $$;
create trigger drop_carried after update of state on turn for each row when (new.state = 'ended') execute function drop_carried();
`;

/**
 * What the roles may do with it; done by each migration, it makes nothing twice. Nobody deletes a part by himself: it goes
 * with the end of its turn, or with the turn.
 */
export const TREE_ROLES = `
grant select, insert on tree_part to agent_sessions_client, agent_sessions_worker;
revoke delete on tree_part from agent_sessions_client, agent_sessions_worker;
drop policy if exists what_is_brought on tree_part;
create policy what_is_brought on tree_part as restrictive for insert with check (
  pg_has_role(current_user, 'agent_sessions_worker', 'member')
  or (part = 'before' and exists (select from turn where turn.turn_id = tree_part.turn_id and turn.state = 'queued')));
`;
