import assert from "node:assert/strict";
import test from "node:test";
import { PASSED_ON } from "../../../src/app/mcp/codex-variables.ts";
import { TOPICS } from "../../../src/cli/surface/topics.ts";

/** Those that the server needs nothing of. */
const NOT_PASSED = {
  AGENT_SESSIONS_NO_CACHE: "the server's own start",
  AGENT_SESSIONS_OUTCOME: "what a program at the end of a turn is told",
};

test("Codex passes on every variable that the help names", () => {
  const named = new Set(TOPICS.environment?.match(/\bAGENT_SESSIONS_[A-Z_]*[A-Z]/g));
  assert.ok(named.size > 10);
  const lacking = [...named].filter((name) => !PASSED_ON.includes(name));
  assert.deepEqual(lacking.toSorted(), Object.keys(NOT_PASSED));
});
