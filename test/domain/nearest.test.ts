import assert from "node:assert/strict";
import test from "node:test";
import { nearest } from "../../src/domain/nearest.ts";

const names = ["review-src", "review-docs", "x", "Taken"];
const cases: [string, string | undefined][] = [
  ["reveiw-src", "review-src"],
  ["review-srx", "review-src"],
  ["taken", "Taken"],
  ["y", undefined],
  ["something-else", undefined],
  ["", undefined],
];
for (const [word, expected] of cases) {
  test(`nearest to ${JSON.stringify(word)}`, () => assert.equal(nearest(word, names), expected));
}
