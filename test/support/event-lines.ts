import assert from "node:assert/strict";

/** A line of `--events`. */
export interface EventLine {
  v: number;
  type: string;
  turn_id: string;
  // biome-ignore lint/suspicious/noExplicitAny: each type has values of its own
  [key: string]: any;
}

const line = (...keys: string[]) => ["v", "type", "turn_id", ...keys];

/** The keys of each type of line, in their order: all agents have all of them. */
export const EVENT_KEYS: Readonly<Record<string, string[]>> = {
  started: line("agent", "name"),
  session: line("session_id", "model", "agent_version"),
  text: line("text"),
  "text-delta": line("text"),
  thinking: line(),
  tool: line("phase", "id", "name", "about", "input", "failed"),
  retry: line("attempt", "of", "reason", "delay_ms"),
  usage: line("answer_id", "input_tokens", "output_tokens"),
  warning: line("message"),
  failure: line("text", "reason", "api_status"),
  end: line("is_error", "text", "reason", "api_status", "session_id"),
  "agent_sessions.result": [
    ...["v", "type", "name", "agent", "session_id", "turn_id", "workspace", "outcome", "continuity"],
    ...["continuity_known_by", "text"],
    ...["structured", "model", "effort", "access", "usage", "started_at", "ended_at", "duration_ms"],
    ...["foreign_bytes", "foreign_prompts", "process", "rebound_from", "prompt_kept", "retry", "error"],
  ],
};

export function eventLinesOf(stdout: string): EventLine[] {
  return stdout
    .split("\n")
    .filter((text) => text !== "")
    .map((text): EventLine => JSON.parse(text));
}

/** Requires that the lines are those of one turn of `agent`: each with the keys of its type, the result last. */
export function requireFormat(lines: EventLine[], agent: string): void {
  for (const told of lines) assert.deepEqual(Object.keys(told), EVENT_KEYS[told.type], JSON.stringify(told));
  assert.deepEqual([lines[0]?.type, lines[0]?.agent], ["started", agent]);
  assert.equal(lines.at(-1)?.type, "agent_sessions.result");
  assert.deepEqual(
    new Set(lines.map(({ v, turn_id }) => `${v} ${turn_id}`)).size,
    1,
    "one version and one turn",
  );
  assert.equal(lines[0]?.v, 1);
}
