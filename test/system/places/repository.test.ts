import assert from "node:assert/strict";
import { chownSync, mkdirSync, rmdirSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { foldersUpToRoot, repositoryRoot } from "../../../src/system/places/repository.ts";
import { tempFolder } from "../../support/temp-folder.ts";

/** Makes a folder look as git does: not without a HEAD. */
function plant(folder: string): void {
  mkdirSync(join(folder, ".git"), { recursive: true });
  writeFileSync(join(folder, ".git", "HEAD"), "ref: refs/heads/main\n");
}

const UID = process.getuid?.() ?? 0;

test("the root of a repository is the nearest folder with a .git of this user, a file or a folder", (t) => {
  const top = tempFolder(t);
  const module = join(top, "module");
  const deep = join(module, "a", "b");
  mkdirSync(deep, { recursive: true });
  assert.deepEqual(foldersUpToRoot(deep, { uid: UID }), [deep]);
  plant(top);
  assert.equal(repositoryRoot(deep, { uid: UID }), top);
  writeFileSync(join(module, ".git"), "gitdir: ../.git/modules/module\n");
  assert.equal(repositoryRoot(deep, { uid: UID }), module);
  assert.equal(repositoryRoot(module, { uid: UID }), module);
  assert.deepEqual(foldersUpToRoot(deep, { uid: UID }), [deep, join(module, "a"), module]);
  mkdirSync(join(deep, ".git"));
  assert.equal(repositoryRoot(deep, { uid: UID }), module, "an empty .git");
  rmdirSync(join(deep, ".git"));
  symlinkSync(join(top, ".git"), join(deep, ".git"));
  assert.equal(repositoryRoot(deep, { uid: UID }), module);
});

test("a home folder of dotfiles is the root for itself, and for no folder in it", (t) => {
  const home = tempFolder(t);
  const scratch = join(home, "scratch");
  mkdirSync(scratch);
  plant(home);
  assert.equal(repositoryRoot(home, { uid: UID, userHome: home }), home);
  assert.equal(repositoryRoot(scratch, { uid: UID, userHome: home }), undefined);
  assert.equal(repositoryRoot(scratch, { uid: UID, userHome: "/nowhere" }), home);
  writeFileSync(join(scratch, ".git"), "");
  assert.equal(repositoryRoot(scratch, { uid: UID, userHome: home }), undefined, "an empty file");
});

test("only the beginning of a .git file is read, however long it is", (t) => {
  const folder = tempFolder(t);
  writeFileSync(join(folder, ".git"), "gitdir: ");
  // More than can be read at once; the file is sparse.
  truncateSync(join(folder, ".git"), 3 * 2 ** 30);
  assert.equal(repositoryRoot(folder, { uid: UID }), folder);
});

test("a .git that another user has planted is no root", {
  skip: UID !== 0 && "only root can give a file away",
}, (t) => {
  const top = tempFolder(t);
  const deep = join(top, "a");
  plant(top);
  plant(deep);
  chownSync(join(deep, ".git"), 4711, 4711);
  assert.equal(repositoryRoot(deep, { uid: UID }), top);
  chownSync(join(top, ".git"), 4711, 4711);
  assert.equal(repositoryRoot(deep, { uid: UID }), undefined);
  assert.equal(repositoryRoot(deep, { uid: 4711 }), deep);
});
