import assert from "node:assert/strict";
import test from "node:test";
import { cacheState } from "../../../src/domain/turn/prompt-cache.ts";

const MINUTE_MS = 60_000;
const claude = { leastMs: 5 * MINUTE_MS, mostMs: 60 * MINUTE_MS };
const used = { cachedTokens: 10 };

for (const [what, ageMs, call, lifetime, state] of [
  ["just now", 1_000, used, claude, "warm"],
  ["after the shortest time", 6 * MINUTE_MS, used, claude, "unknown"],
  ["after the longest time", 61 * MINUTE_MS, used, claude, "cold"],
  ["of a service that says nothing", 1_000, used, undefined, "unknown"],
  ["of a service without a longest time", 1e9, used, { leastMs: MINUTE_MS }, "unknown"],
  ["of a model that has cached nothing", 1_000, { cachedTokens: 0 }, claude, "unknown"],
  ["at a time that is not on record", Number.NaN, used, claude, "unknown"],
] as const) {
  test(`a conversation that was read ${what} is ${state}`, () => {
    assert.equal(cacheState(ageMs, call, lifetime), state);
  });
}
