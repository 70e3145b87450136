import assert from "node:assert/strict";
import test from "node:test";
import { LiveWatch } from "../../../src/ui/page/live.ts";
import type { TurnLine } from "../../../src/ui/page/types.ts";

function watched(...lines: TurnLine[]) {
  const watch = new LiveWatch();
  for (const line of lines) watch.take(line);
  return watch.now;
}

test("fragments are added up, and the whole message takes their place", () => {
  const { pieces } = watched(
    { type: "text-delta", text: "Hel" },
    { type: "text-delta", text: "lo" },
    { type: "text", text: "Hello." },
    { type: "text-delta", text: "Mo" },
  );
  assert.deepEqual(pieces, [
    { kind: "text", text: "Hello.", isWhole: true },
    { kind: "text", text: "Mo", isWhole: false },
  ]);
});

test("a tool stays where it began, and keeps what was told at its start", () => {
  const { pieces } = watched(
    { type: "tool", phase: "start", id: "1", name: "Bash", about: "npm test" },
    { type: "text", text: "Meanwhile" },
    { type: "tool", phase: "end", id: "1", name: "Bash", about: null, failed: true },
    { type: "tool", phase: "end", id: "2", name: "Read", about: "a.ts", failed: null },
  );
  assert.deepEqual(pieces, [
    { kind: "tool", tool: { id: "1", name: "Bash", about: "npm test", state: "failed" } },
    { kind: "text", text: "Meanwhile", isWhole: true },
    { kind: "tool", tool: { id: "2", name: "Read", about: "a.ts", state: "done" } },
  ]);
});

test("tokens are those of the last line of each answer; the result is the end", () => {
  const live = watched(
    { type: "thinking" },
    { type: "usage", answer_id: "a", input_tokens: 5, output_tokens: 1 },
    { type: "usage", answer_id: "a", input_tokens: 5, output_tokens: 3 },
    { type: "usage", answer_id: "b", input_tokens: 10, output_tokens: 2 },
  );
  assert.deepEqual(live.tokens, { in: 15, out: 5 });
  assert.deepEqual([live.isThinking, live.isOver], [true, false]);
  assert.equal(watched({ type: "agent_sessions.result" }).isOver, true);
});
