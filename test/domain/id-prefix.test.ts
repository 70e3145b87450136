import assert from "node:assert/strict";
import test from "node:test";
import { idThatBegins } from "../../src/domain/id-prefix.ts";

test("an id is meant by at least four characters that begin no other", () => {
  const ids = ["abcd", "abcdef", "abcdeg", "0123-4567", "0123-4567"];
  const meant = (given: string) => idThatBegins(given, ids, "things");
  assert.equal(meant("0123"), "0123-4567");
  assert.equal(meant("abcd"), "abcd", "an exact match wins");
  assert.equal(meant("abcdef"), "abcdef");
  assert.deepEqual(["012", "", "4567", "0124"].map(meant), [undefined, undefined, undefined, undefined]);
  assert.throws(() => meant("abcde"), {
    code: "usage",
    message: '"abcde" is the beginning of the ids of 2 things: abcdef, abcdeg.',
  });
  const many = Array.from({ length: 7 }, (_, at) => `same-${at}`);
  assert.throws(() => idThatBegins("same", many, "things"), {
    message: '"same" is the beginning of the ids of 7 things: same-0, same-1, same-2, same-3, same-4, ….',
    facts: { given: "same", among: many },
  });
});
