import assert from "node:assert/strict";
import test from "node:test";
import { isWholeCommit, parseTree } from "../../../src/domain/tree/tree.ts";

test("a tree is here, carry or a commit; what git could take for an option is none", () => {
  assert.deepEqual(parseTree("here"), { kind: "here" });
  assert.deepEqual(parseTree("carry"), { kind: "carry" });
  assert.deepEqual(parseTree("v1.0"), { kind: "commit", commit: "v1.0" });
  for (const text of ["", "-x", "--upload-pack=evil"]) assert.equal(parseTree(text), undefined, text);
});

test("only a whole id means the same commit everywhere", () => {
  for (const text of ["a".repeat(40), "0".repeat(64)]) assert.ok(isWholeCommit(text));
  for (const text of ["main", "abc1234", "A".repeat(40), "a".repeat(41)]) assert.ok(!isWholeCommit(text));
});
