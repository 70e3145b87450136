import assert from "node:assert/strict";
import test from "node:test";
import { asCommands } from "../../src/app/wording.ts";
import { asTools } from "../../src/mcp/wording.ts";

const { step, choice } = asTools(asCommands());

test("hints are calls of tools, and what only a person can do says so", () => {
  assert.equal(step("wait", { name: "x", turnId: "t" }), 'wait {"name":"x","turn_id":"t"}');
  assert.equal(choice({ agent: "codex" }), '{"agent":"codex"}');
  assert.equal(step("restore", { name: "x" }), "(for a person, in a terminal) agent-sessions restore x");
  assert.match(step("send", { name: "x", fresh: true }), /^\(for a person.*--fresh/);
});
