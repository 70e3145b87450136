#!/bin/sh
# Plays claude, and keeps a log of its own of each call: what it was asked, which prompts its transcript held then,
# when it began and whether it came to its end. `... wait 0.3` in a prompt makes it take that long. TORTURE_LOG names
# the log. Apart from `sleep` it starts no other process.
id=
is_new=yes
while [ $# -gt 0 ]; do
  case $1 in
    --session-id) id=$2; shift ;;
    --resume) id=$2; is_new=; shift ;;
  esac
  shift
done
IFS= read -r prompt || true
read -r call </proc/sys/kernel/random/uuid
transcript=$HOME/.claude/projects/x/$id.jsonl
for found in "$HOME"/.claude/projects/*/"$id.jsonl"; do
  [ ! -f "$found" ] || transcript=$found
done
[ -n "$is_new" ] || [ -f "$transcript" ] || { echo "No conversation found with session ID: $id" >&2; exit 1; }

tell() {
  read -r up _ </proc/uptime
  printf '%s\n' "{\"is\":\"$1\",\"call\":\"$call\",\"id\":\"$id\",\"at\":$up,\"prompt\":\"$prompt\",\"seen\":[$seen]}" >>"$TORTURE_LOG"
}
seen=
if [ -f "$transcript" ]; then
  while IFS= read -r line; do
    case $line in
      *'"role":"user"'*)
        said=${line#*'"content":"'}
        seen=$seen${seen:+,}\"${said%%'"'*}\"
        ;;
    esac
  done <"$transcript"
fi
tell begin
printf '%s\n' "{\"type\":\"user\",\"message\":{\"role\":\"user\",\"content\":\"$prompt\"},\"sessionId\":\"$id\"}" >>"$transcript"
printf '%s\n' "{\"type\":\"system\",\"subtype\":\"init\",\"session_id\":\"$id\",\"model\":\"claude-opus-5-5\",\"claude_code_version\":\"2.1.329\"}"
case $prompt in
  *' wait '*) sleep "${prompt##* wait }" ;;
esac
answer="$prompt: $call"
printf '%s\n' "{\"type\":\"assistant\",\"message\":{\"role\":\"assistant\",\"content\":[{\"type\":\"text\",\"text\":\"$answer\"}],\"stop_reason\":\"end_turn\"},\"sessionId\":\"$id\"}" >>"$transcript"
tell end
usage='"usage":{"input_tokens":101,"output_tokens":20}'
printf '%s\n' "{\"subtype\":\"success\",\"is_error\":false,\"num_turns\":1,\"result\":\"$answer\",\"session_id\":\"$id\",\"total_cost_usd\":0.000804,$usage,\"type\":\"result\"}"
