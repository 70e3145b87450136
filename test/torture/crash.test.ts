import assert from "node:assert/strict";
import test from "node:test";
import { crash } from "../../torture/suites/crash.ts";

// Needs /proc, to see when nobody works in a place any more.
test("torture: crash, the short version", { skip: process.platform !== "linux" }, async (t) => {
  const lines: string[] = [];
  const seed = Math.floor(Math.random() * 2 ** 31);
  const { losses, kills } = await crash.run({ isShort: true, seed, tell: (line) => lines.push(line) });
  t.diagnostic(`${kills} kills`);
  assert.equal(losses, 0, `npm run torture -- --only crash --short --seed ${seed}\n${lines.join("\n")}`);
});
