#!/bin/sh
# Logins that may do what workers and clients must, and no more: docs/fleet.md, "Roles and teams".
set -eu
PGPASSWORD="$(cat /run/secrets/owner_password)"
export PGPASSWORD
for login in worker client; do
  # Read by psql itself: what is in its arguments can be seen by others.
  export PASSWORD_FILE="/run/secrets/${login}_password"
  psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 --set login="$login" --set granted="agent_sessions_$login" <<'SQL'
\set password `cat "$PASSWORD_FILE"`
select format('create role %I login', :'login') where not exists (select from pg_roles where rolname = :'login') \gexec
alter role :"login" password :'password';
grant :"granted" to :"login";
SQL
done
