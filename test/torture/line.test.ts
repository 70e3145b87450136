import assert from "node:assert/strict";
import test from "node:test";
import { line } from "../../torture/suites/line.ts";

// Needs /proc, to find what is to be killed.
test("torture: line, the short version", { skip: process.platform !== "linux" }, async (t) => {
  const lines: string[] = [];
  const seed = Math.floor(Math.random() * 2 ** 31);
  const tally = await line.run({ isShort: true, seed, tell: (line) => lines.push(line) });
  if (tally.missing !== undefined) return t.skip(tally.missing);
  t.diagnostic(`${tally.kills} kills; ${tally.notes.join("; ")}`);
  const repeat = `npm run torture -- --only line --short --seed ${seed}`;
  assert.equal(tally.losses, 0, `${repeat}\n${lines.join("\n")}`);
});
