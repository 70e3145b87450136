#!/bin/sh
# Makes the passwords, the addresses and the key that compose.yaml hands out. It changes nothing that is there.
set -eu
cd "$(dirname "$0")"
umask 077
mkdir -p secrets
random() { od -An -tx1 -N "$1" -v /dev/urandom | tr -d ' \n'; }
for login in owner worker client; do
  [ -e "secrets/${login}_password" ] || random 24 > "secrets/${login}_password"
  printf 'postgres://%s:%s@%%2Fvar%%2Frun%%2Fpostgresql/agents\n' "$login" "$(cat "secrets/${login}_password")" \
    > "secrets/${login}_store"
done
[ -e secrets/key ] || random 32 > secrets/key
# Containers see these files as they are: they are for the user `node` of the image, and for nobody else.
[ "$(stat -c %u secrets/key)" = 1000 ] || chown 1000 secrets/* ||
  echo "Run it as root, or as the user 1000: the workers can't read secrets/ otherwise." >&2
