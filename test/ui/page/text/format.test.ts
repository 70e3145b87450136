import assert from "node:assert/strict";
import test from "node:test";
import { agoOf } from "../../../../src/ui/page/text/format.ts";

test("what was never has no age", () => {
  const nowMs = Date.parse("2026-01-01T00:03:00Z");
  assert.equal(agoOf("2026-01-01T00:00:00Z", nowMs), "3 min ago");
  assert.equal(agoOf("2026-01-01T00:03:00Z", nowMs), "1 s ago");
  assert.equal(agoOf(null, nowMs), "");
});
