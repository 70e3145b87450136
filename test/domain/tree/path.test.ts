import assert from "node:assert/strict";
import test from "node:test";
import { treePathProblem } from "../../../src/domain/tree/path.ts";

test("a path of a file in a working tree is taken", () => {
  for (const path of ["a", "src/a b.ts", ".gitignore", ".github/x.yml", "a..b/c", "ü/日本", "git", ".gitx/a"])
    assert.equal(treePathProblem(path), undefined, path);
});

test("a path that leads out of the folder, or into what git keeps there, is refused", () => {
  for (const path of [
    "",
    "/etc/passwd",
    "..",
    "../a",
    "a/../../b",
    "a/./b",
    "./a",
    "a//b",
    "a/",
    "a\0b",
    "a\\..\\b",
    ".git",
    ".git/hooks/post-checkout",
    "sub/.git/config",
    ".GIT/config",
    ".Git/config",
    ".git./config",
    ".git /config",
    ".git::$INDEX_ALLOCATION/config",
    "git~1/config",
    "GIT~1",
    ".g\u200cit/config",
    "\ud800",
    "a".repeat(256),
    "a/".repeat(2_048).concat("a"),
  ])
    assert.notEqual(treePathProblem(path), undefined, JSON.stringify(path.slice(0, 40)));
});
