import assert from "node:assert/strict";
import test from "node:test";
import { names } from "../../torture/suites/names.ts";

test("torture, for a moment: processes that work on the same names lose none and bring none back", async (t) => {
  const seed = Math.floor(Math.random() * 2 ** 31);
  const tally = await names.run({ isShort: true, seed, tell: (line) => t.diagnostic(line) });
  assert.equal(tally.losses, 0, `Repeat: npm run torture -- --only names --short --seed ${seed}`);
  assert.ok(tally.operations >= 50, `only ${tally.operations} operations were possible`);
});
