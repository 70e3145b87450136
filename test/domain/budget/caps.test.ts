import assert from "node:assert/strict";
import test from "node:test";
import { type Cap, smallestCaps, standingsOf } from "../../../src/domain/budget/caps.ts";
import { addTurns, NOTHING_SPENT } from "../../../src/domain/budget/spent.ts";

const usage = { inputTokens: 10, outputTokens: 5, cacheReadTokens: 1_000, cacheWriteTokens: 1_000 };

test("of budgets in one unit the smaller one counts, and of two units both", () => {
  const name: Cap = { unit: "tokens", amount: 100, from: "name" };
  const repository: Cap = { unit: "tokens", amount: 50, from: "repository" };
  const user: Cap = { unit: "usd", amount: 1, from: "user" };
  assert.deepEqual(smallestCaps([name, repository, user]), [repository, user]);
  assert.deepEqual(smallestCaps([name, { ...name, from: "repository" }]), [name]);
  assert.deepEqual(smallestCaps([]), []);
});

test("tokens are those in and out; a turn without usage, or without dollars, makes the sum a lower bound", () => {
  const spent = addTurns(NOTHING_SPENT, [{ usage: { ...usage, costUsd: 0.2 } }, { usage }, {}]);
  const caps: Cap[] = [
    { unit: "tokens", amount: 31, from: "name" },
    { unit: "usd", amount: 0.3, from: "user" },
  ];
  const [tokens, dollars] = standingsOf(caps, spent);
  assert.deepEqual([tokens?.used, tokens?.left, tokens?.isOver, tokens?.unknownTurns], [30, 1, false, 1]);
  assert.deepEqual(
    [dollars?.used, dollars?.left, dollars?.isLowerBound, dollars?.unknownTurns],
    [0.2, 0.1, true, 2],
  );
});

test("a budget is over when nothing of it is left, and the one that ends first comes first", () => {
  const spent = addTurns(NOTHING_SPENT, [{ usage: { ...usage, costUsd: 0.1 } }]);
  const caps: Cap[] = [
    { unit: "usd", amount: 10, from: "name" },
    { unit: "tokens", amount: 15, from: "repository" },
  ];
  const [first, second] = standingsOf(caps, spent);
  assert.deepEqual([first?.from, first?.isOver, first?.left], ["repository", true, 0]);
  assert.deepEqual([second?.isOver, second?.amount], [false, "10usd"]);
});
