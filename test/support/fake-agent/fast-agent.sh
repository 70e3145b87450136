#!/bin/sh
# Answers like `claude -p --output-format stream-json`, at once and without another process: for benches,
# where it shows what everything around the agent costs. The prompt is not read. With FAST_AGENT_TRANSCRIPTS,
# an existing folder such as $HOME/.claude/projects/x, it keeps a transcript as well.
id=00000000-0000-4000-8000-000000000000
while [ $# -gt 0 ]; do
  case $1 in
    --session-id | --resume) id=$2; shift ;;
  esac
  shift
done
if [ -n "${FAST_AGENT_TRANSCRIPTS-}" ]; then
  printf '%s\n' \
    "{\"type\":\"user\",\"message\":{\"role\":\"user\",\"content\":\"fast\"},\"sessionId\":\"$id\"}" \
    "{\"type\":\"assistant\",\"message\":{\"role\":\"assistant\",\"content\":[]},\"sessionId\":\"$id\"}" \
    >>"$FAST_AGENT_TRANSCRIPTS/$id.jsonl"
fi
usage='"usage":{"input_tokens":101,"output_tokens":20}'
models='"modelUsage":{"claude-opus-5-5":{"inputTokens":101,"outputTokens":20,"costUSD":0.000804}}'
printf '%s\n' \
  "{\"type\":\"system\",\"subtype\":\"init\",\"session_id\":\"$id\",\"model\":\"claude-opus-5-5\",\"claude_code_version\":\"2.1.329\"}" \
  "{\"type\":\"assistant\",\"message\":{\"role\":\"assistant\",\"content\":[{\"type\":\"text\",\"text\":\"fast\"}]},\"parent_tool_use_id\":null,\"session_id\":\"$id\"}" \
  "{\"subtype\":\"success\",\"is_error\":false,\"num_turns\":1,\"result\":\"fast\",\"session_id\":\"$id\",\"total_cost_usd\":0.000804,$usage,$models,\"type\":\"result\"}"
