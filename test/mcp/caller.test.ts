import assert from "node:assert/strict";
import test from "node:test";
import { callerIn } from "../../src/mcp/caller.ts";

test("a call of codex says whose it is, as an object or as its text", () => {
  const codex = { conversation: { agent: "codex", sessionId: "t1" } };
  assert.deepEqual(callerIn({ "x-codex-turn-metadata": { thread_id: "t1" } }), codex);
  assert.deepEqual(callerIn({ "x-codex-turn-metadata": '{"thread_id":"t1"}' }), codex);
  for (const told of [undefined, null, 7, "{", {}, { thread_id: 7 }])
    assert.deepEqual(callerIn({ "x-codex-turn-metadata": told }), {}, String(told));
  assert.deepEqual(callerIn(undefined), {});
});
