#!/bin/sh
# An agent that says what the real one once said: `replay.sh FILE EXIT RECORDED AS ARGS…`. Where the recording has the
# conversation RECORDED, it says AS, else, if AS is empty, the UUID that it is given, else the same.
file=$1 exit=$2 recorded=$3 as=$4
shift 4
cat > /dev/null
given=$(printf '%s\n' "$*" | grep -Eo '[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}' | head -n 1)
: "${as:=${given:-$recorded}}"
sed "s/$recorded/$as/g" "$file"
exit "$exit"
