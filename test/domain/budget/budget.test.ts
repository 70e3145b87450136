import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { type Budget, budgetText, mayAllowMore, parseBudget } from "../../../src/domain/budget/budget.ts";

test("a budget is an amount above 0 with its unit", () => {
  const cases: [text: string, budget: Budget | undefined][] = [
    ["5usd", { unit: "usd", amount: 5 }],
    ["0.25 USD", { unit: "usd", amount: 0.25 }],
    ["10tok", { unit: "tokens", amount: 10 }],
    ["200ktok", { unit: "tokens", amount: 200_000 }],
    ["1.5Mtok", { unit: "tokens", amount: 1_500_000 }],
    [" 2mtok ", { unit: "tokens", amount: 2_000_000 }],
  ];
  for (const [text, budget] of cases) assert.deepEqual(parseBudget(text), budget, text);
  const wrong = [
    "",
    "5",
    "usd",
    "$5",
    "-5usd",
    "0usd",
    "0.2tok",
    "5eur",
    "1e3tok",
    "5usd 6usd",
    "200k",
    "Infinityusd",
  ];
  for (const text of [...wrong, "9999999999Mtok", "0.0000001usd", `${"9".repeat(400)}tok`])
    assert.equal(parseBudget(text), undefined, text);
});

test("what is printed of a budget is read as the same budget", () => {
  const amounts = fc.oneof(
    fc.integer({ min: 1, max: 1e15 - 1 }).map((amount): Budget => ({ unit: "tokens", amount })),
    fc
      .integer({ min: 1, max: 1e12 })
      .map((millionths): Budget => ({ unit: "usd", amount: millionths / 1e6 })),
  );
  fc.assert(fc.property(amounts, (budget) => assert.deepEqual(parseBudget(budgetText(budget)), budget)));
});

test("more is a larger amount, none at all, and another unit", () => {
  const tokens: Budget = { unit: "tokens", amount: 10 };
  assert.equal(mayAllowMore({ unit: "tokens", amount: 10 }, tokens), false);
  assert.equal(mayAllowMore({ unit: "tokens", amount: 9 }, tokens), false);
  assert.equal(mayAllowMore({ unit: "tokens", amount: 11 }, tokens), true);
  assert.equal(mayAllowMore({ unit: "usd", amount: 1 }, tokens), true);
  assert.equal(mayAllowMore(undefined, tokens), true);
});
