import assert from "node:assert/strict";
import test from "node:test";
import { outage } from "../../torture/suites/outage.ts";

// Needs /proc, to see which agents work.
test("torture: outage, the short version", { skip: process.platform !== "linux" }, async (t) => {
  const lines: string[] = [];
  const tally = await outage.run({ isShort: true, seed: 1, tell: (line) => lines.push(line) });
  if (tally.missing !== undefined) return t.skip(tally.missing);
  assert.equal(tally.losses, 0, lines.join("\n"));
  assert.ok(tally.operations > 20);
});
