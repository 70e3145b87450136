import assert from "node:assert/strict";
import test from "node:test";
import { pricesIn } from "../../../src/domain/turn/prices.ts";
import type { Usage } from "../../../src/domain/turn/usage.ts";

/** What claude 2.1.332 charged for opus, in dollars a token; 2 for what its service keeps for an hour. */
const OPUS = { inputTokens: 4e-6, outputTokens: 20e-6, cacheReadTokens: 0.2e-6, cacheWriteTokens: 5e-6 };

function charged(...[input, output, read = 0, write = 0]: number[]): Usage {
  const tokens = {
    inputTokens: input ?? 0,
    outputTokens: output ?? 0,
    cacheReadTokens: read,
    cacheWriteTokens: write,
  };
  const costUsd = Object.entries(OPUS).reduce(
    (sum, [kind, price]) => sum + price * tokens[kind as keyof typeof OPUS],
    0,
  );
  return { ...tokens, costUsd: Number(costUsd.toFixed(9)) };
}

function isNear(found: number | undefined, price: number): void {
  assert.ok(found !== undefined && Math.abs(found - price) < price * 1e-3, `${found} is not ${price}`);
}

test("the prices of what was charged are found", () => {
  const rows = [
    charged(4, 900, 0, 31_000),
    charged(6, 120, 31_000, 1_500),
    charged(3, 2_000, 95_000, 2_500),
    charged(9, 40, 35_000, 200),
    charged(4, 700, 36_000, 900),
  ];
  const prices = pricesIn(rows);
  isNear(prices?.outputTokens, OPUS.outputTokens);
  isNear(prices?.cacheReadTokens, OPUS.cacheReadTokens);
  isNear(prices?.cacheWriteTokens, OPUS.cacheWriteTokens);
  isNear(prices?.inputTokens, OPUS.inputTokens);
});

test("a kind of token that was never charged has no price", () => {
  const prices = pricesIn([charged(101, 20), charged(102, 20), charged(103, 25)]);
  assert.deepEqual(Object.keys(prices ?? {}), ["inputTokens", "outputTokens"]);
  isNear(prices?.inputTokens, OPUS.inputTokens);
});

test("where they can't be told, there are none", () => {
  const same = charged(100, 20);
  assert.equal(pricesIn([]), undefined);
  assert.equal(pricesIn([charged(100, 20), charged(200, 30)]), undefined, "nothing checks the result");
  assert.equal(pricesIn([same, same, same]), undefined, "the kinds can't be told apart");
  const { costUsd: _, ...untold } = same;
  assert.equal(pricesIn([untold, untold, untold]), undefined, "no dollars");
  const dearer = { ...charged(105, 30), costUsd: 1 };
  assert.equal(
    pricesIn([charged(101, 20), charged(102, 25), charged(130, 20), dearer]),
    undefined,
    "they have changed",
  );
});
