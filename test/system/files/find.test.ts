import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { findFile } from "../../../src/system/files/find.ts";
import { tempFolder } from "../../support/temp-folder.ts";

test("of several files the last one in sort order is found, or else the first", (t) => {
  const root = tempFolder(t);
  for (const path of ["a/chats/s-1", "a/chats/s-2", "b/chats/s-0", "b/other/s-9", "b/chats/t-9"]) {
    mkdirSync(join(root, path, ".."), { recursive: true });
    writeFileSync(join(root, path), "");
  }
  const find = (folders: RegExp[], options?: { isFirst?: boolean }) =>
    findFile(root, folders, /^s-\d$/, options);
  assert.equal(find([/^/, /^chats$/]), join(root, "b/chats/s-0"));
  assert.equal(find([/^a$/, /^chats$/]), join(root, "a/chats/s-2"));
  assert.equal(find([/^a$/, /^chats$/], { isFirst: true }), join(root, "a/chats/s-1"));
  assert.equal(find([/^c$/], { isFirst: true }), undefined);
});
