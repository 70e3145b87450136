#!/usr/bin/env bash
# A staged migration: a plan, a person who approves it, then one turn for each file.
#
#   examples/migrate.sh RUN FILE...
#
# Stop it anywhere, even with kill -9, and run it again: what was answered is not asked again, and a turn that still runs is
# waited for. Exit codes: 0 all is done, 20 the plan waits for a person, 21 it was refused.
set -euo pipefail

run=$1
shift

# The gate prints the note of whoever approves. A plan that has changed would be asked about anew.
note=$(
  agent-sessions create "$run" --request-id "$run/plan" --access read-only \
    "Plan how to migrate these files one by one, and change nothing: $*" |
    agent-sessions gate "$run/plan" --shows -
)
agent-sessions send "$run" --request-id "$run/approved" --quiet "Your plan is approved. ${note:-Nothing to add.}"

for file in "$@"; do
  agent-sessions send "$run" --request-id "$run/$file" --access edit --quiet "Migrate $file as planned."
done
