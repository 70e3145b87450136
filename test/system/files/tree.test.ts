import assert from "node:assert/strict";
import { linkSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { surveyTree } from "../../../src/system/files/tree.ts";
import { makeOld } from "../../support/age.ts";
import { tempFolder } from "../../support/temp-folder.ts";

test("a tree is as young as its newest file, and owns what has no other name", (t) => {
  const folder = tempFolder(t);
  const tree = join(folder, "tree");
  mkdirSync(join(tree, "deep"), { recursive: true });
  assert.deepEqual(surveyTree(tree), { changedMs: Number.NEGATIVE_INFINITY, ownBytes: 0 });
  writeFileSync(join(tree, "deep/own"), "12345");
  writeFileSync(join(folder, "theirs"), "123");
  linkSync(join(folder, "theirs"), join(tree, "linked"));
  makeOld(tree, 5);
  makeOld(join(tree, "deep/own"), 2);
  const { changedMs, ownBytes } = surveyTree(tree);
  assert.equal(Math.round((Date.now() - changedMs) / 86_400_000), 2);
  assert.equal(ownBytes, 5);
  symlinkSync(folder, join(tree, "link"));
  assert.ok(surveyTree(tree).ownBytes < 5 + folder.length + 1);
});

test("what goes away while it is looked at is never old", (t) => {
  assert.equal(surveyTree(join(tempFolder(t), "gone")).changedMs, Number.POSITIVE_INFINITY);
});
