import assert from "node:assert/strict";
import test from "node:test";
import { AppError } from "../../../src/domain/errors.ts";
import { searchWords, wordsToFind } from "../../../src/domain/search/words.ts";

for (const [typed, words] of [
  ["rounding", ["rounding"]],
  ['  rounding  "half up" ', ["rounding", "half up"]],
  ['say "hi', ["say", '"hi']],
  ['{"error":1}', ['{"error":1}']],
  ["", []],
] as const) {
  test(`what is typed into one field: ${typed}`, () => assert.deepEqual(searchWords(typed), words));
}

test("words are compared in one normal form, and one is needed", () => {
  assert.deepEqual(wordsToFind([" u\u0308ber ", "", " "]), ["über"]);
  for (const none of [[], [""], [" \n"]])
    assert.throws(
      () => wordsToFind(none),
      (error) => error instanceof AppError && error.code === "usage",
    );
});
