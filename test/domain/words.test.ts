import assert from "node:assert/strict";
import test from "node:test";
import { listEach, listWords } from "../../src/domain/words.ts";

test("words are joined as a sentence has them", () => {
  assert.deepEqual(
    [[], ["a"], ["a", "b"], ["a", "b", "c"]].map((words) => listWords(words)),
    ["", "a", "a and b", "a, b and c"],
  );
  assert.equal(listWords(["a", "b"], "or"), "a or b");
  assert.deepEqual([listEach(["a", "b"]), listEach(["a", "b", "c"])], ["a and b both", "a, b and c all"]);
});
