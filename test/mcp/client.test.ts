import assert from "node:assert/strict";
import test from "node:test";
import { sliceFor } from "../../src/mcp/client.ts";

test("a wait ends before its client gives up", () => {
  const minutes = (name: string) => sliceFor(name) / 60_000;
  assert.deepEqual(["claude-code", "codex-mcp-client", "github-copilot-developer"].map(minutes), [60, 4, 60]);
  for (const other of ["", "mcp-inspector", "not-claude-code"]) assert.ok(minutes(other) < 1, other);
});
