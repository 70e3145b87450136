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

/** What the roles may do with it; done by each migration, it makes nothing twice. */
export const TREE_ROLES = `
grant select, insert, delete on tree_part to agent_sessions_client, agent_sessions_worker;
`;
