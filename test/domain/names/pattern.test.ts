import assert from "node:assert/strict";
import test from "node:test";
import { namePattern } from "../../../src/domain/names/pattern.ts";

const CASES: [pattern: string, fitting: string[], other: string[]][] = [
  ["view", ["review-src", "VIEW", "view"], ["vie", ""]],
  ["review-*", ["review-src", "REVIEW-", "review-a-b"], ["a review-src", "review"]],
  ["*-src", ["review-src", "-src"], ["review-src2"]],
  ["a*b*c", ["abc", "a1b2c", "abcbc"], ["acb", "ab", "xabc"]],
  ["job-?", ["job-1", "job-ü", "job-🙂"], ["job-", "job-12"]],
  ["??", ["ab"], ["a", "abc"]],
  ["*", ["", "anything"], []],
  ["*a*a*", ["aa", "banana"], ["a", "bcd"]],
  ["aa*aa", ["aaaa", "aabaa"], ["aaa", "aa"]],
  ["*ab", ["ab", "abab"], ["aba"]],
  ["cafe\u0301", ["café"], ["cafe"]],
  ["[x]", ["[x]", "a[X]"], ["x"]],
  ["a.*", ["a.b"], ["ab"]],
];

for (const [pattern, fitting, other] of CASES) {
  test(`names like ${JSON.stringify(pattern)}`, () => {
    const fits = namePattern(pattern);
    for (const name of fitting) assert.equal(fits(name), true, name);
    for (const name of other) assert.equal(fits(name), false, name);
  });
}

test("a pattern of many stars does not take for ever", () => {
  const fits = namePattern(`${"*a".repeat(50)}*b`);
  assert.equal(fits("a".repeat(200)), false);
});
