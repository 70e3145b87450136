import assert from "node:assert/strict";
import test from "node:test";
import { keepers } from "../../torture/suites/keepers.ts";

// Needs /proc, to find what is to be killed.
test("torture: keepers, the short version", { skip: process.platform !== "linux" }, async (t) => {
  const lines: string[] = [];
  const seed = Math.floor(Math.random() * 2 ** 31);
  const { losses, kills, notes } = await keepers.run({
    isShort: true,
    seed,
    tell: (line) => lines.push(line),
  });
  t.diagnostic(`${kills} kills; ${notes.join("; ")}`);
  assert.equal(losses, 0, `npm run torture -- --only keepers --short --seed ${seed}\n${lines.join("\n")}`);
});
