import assert from "node:assert/strict";
import test from "node:test";
import { type Counters, sumUsage, type Usage, usageOfTurn } from "../../../src/domain/turn/usage.ts";

function tokens(inputTokens: number, outputTokens: number, costUsd?: number): Usage {
  const usage = { inputTokens, outputTokens, cacheReadTokens: 0, cacheWriteTokens: 0 };
  return costUsd === undefined ? usage : { ...usage, costUsd };
}

const cases: { what: string; before?: Counters; after: Counters; run?: Usage; used: Usage }[] = [
  { what: "the first turn", after: { m: tokens(101, 20, 0.000804) }, used: tokens(101, 20, 0.000804) },
  {
    what: "counters that run on",
    before: { m: tokens(101, 20, 0.000804) },
    after: { m: tokens(203, 40, 0.001612) },
    run: tokens(102, 20),
    used: tokens(102, 20, 0.000808),
  },
  {
    what: "counters that start again with each process",
    before: { m: tokens(101, 20, 0.001005) },
    after: { m: tokens(102, 20, 0.00101) },
    run: tokens(102, 20),
    used: tokens(102, 20, 0.00101),
  },
  {
    what: "counters that shrank",
    before: { m: tokens(500, 90) },
    after: { m: tokens(101, 20) },
    used: tokens(101, 20),
  },
  {
    what: "a second model joins in",
    before: { a: tokens(100, 20) },
    after: { a: tokens(150, 30), b: tokens(7, 3) },
    used: tokens(57, 13),
  },
  {
    what: "a compaction, whose run count is zero while the counters grow",
    before: { m: tokens(100, 20, 0.1) },
    after: { m: tokens(900, 50, 0.4) },
    run: tokens(0, 0),
    used: tokens(800, 30, 0.3),
  },
];

for (const { what, before, after, run, used } of cases) {
  test(`usage of a turn: ${what}`, () => assert.deepEqual(usageOfTurn(before, after, run), used));
}

test("sums of dollars stay readable", () => {
  assert.equal(sumUsage([tokens(1, 1, 0.1), tokens(1, 1, 0.2)]).costUsd, 0.3);
});
