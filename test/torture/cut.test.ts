import assert from "node:assert/strict";
import test from "node:test";
import { cut } from "../../torture/suites/cut.ts";

test("torture: cut, the short version", async (t) => {
  const lines: string[] = [];
  const tally = await cut.run({ isShort: true, seed: 1, tell: (line) => lines.push(line) });
  if (tally.missing !== undefined) return t.skip(tally.missing);
  t.diagnostic(lines.join("; "));
  assert.equal(tally.losses, 0, lines.join("\n"));
});
