#!/bin/sh
# Plays claude and codex without starting another process: takes one line of prompt, writes it and its answer
# into a transcript, and answers at once. The folders of the transcripts exist already. What is resumed must
# have a transcript, as with the real ones.
id=
is_codex=
is_new=yes
while [ $# -gt 0 ]; do
  case $1 in
    exec) is_codex=yes ;;
    --session-id) id=$2; shift ;;
    --resume | resume) id=$2; is_new=; shift ;;
  esac
  shift
done
IFS= read -r prompt || true
[ -n "$id" ] || read -r id </proc/sys/kernel/random/uuid

if [ -n "$is_codex" ]; then
  transcript=$HOME/.codex/sessions/2026/11/21/rollout-2026-11-21T00-00-00-$id.jsonl
  [ -n "$is_new" ] || [ -f "$transcript" ] || { echo "Error: no rollout found for thread id $id" >&2; exit 1; }
  item() {
    printf '%s\n' "{\"type\":\"event_msg\",\"payload\":{\"type\":\"item_completed\",\"item\":{\"type\":\"$1\",\"content\":[{\"type\":\"text\",\"text\":\"$2\"}]}}}" >>"$transcript"
  }
  item UserMessage "$prompt"
  printf '%s\n' "{\"type\":\"thread.started\",\"thread_id\":\"$id\"}" '{"type":"turn.started"}'
  item AgentMessage "$prompt back"
  printf '%s\n' "{\"type\":\"item.completed\",\"item\":{\"id\":\"item_1\",\"type\":\"agent_message\",\"text\":\"$prompt back\"}}" \
    '{"type":"turn.completed","usage":{"input_tokens":101,"cached_input_tokens":0,"output_tokens":20}}'
else
  transcript=$HOME/.claude/projects/x/$id.jsonl
  [ -n "$is_new" ] || [ -f "$transcript" ] || { echo "No conversation found with session ID: $id" >&2; exit 1; }
  printf '%s\n' "{\"type\":\"user\",\"message\":{\"role\":\"user\",\"content\":\"$prompt\"},\"sessionId\":\"$id\"}" >>"$transcript"
  printf '%s\n' "{\"type\":\"system\",\"subtype\":\"init\",\"session_id\":\"$id\",\"model\":\"claude-opus-5-5\"}"
  printf '%s\n' "{\"type\":\"assistant\",\"message\":{\"role\":\"assistant\",\"content\":[{\"type\":\"text\",\"text\":\"$prompt back\"}],\"stop_reason\":\"end_turn\"},\"sessionId\":\"$id\"}" >>"$transcript"
  printf '%s\n' "{\"subtype\":\"success\",\"is_error\":false,\"result\":\"$prompt back\",\"session_id\":\"$id\",\"total_cost_usd\":0,\"type\":\"result\"}"
fi
