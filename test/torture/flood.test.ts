import assert from "node:assert/strict";
import test from "node:test";
import { flood } from "../../torture/suites/flood.ts";

test("floods, in short: the same events and bytes, in little memory", async () => {
  const told: string[] = [];
  const tally = await flood.run({ isShort: true, seed: 1, tell: (line) => told.push(line) });
  assert.equal(tally.losses, 0, [...told, ...tally.notes].join("\n"));
  assert.ok(tally.operations > 15);
});
