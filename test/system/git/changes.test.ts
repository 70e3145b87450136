import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import { packTree, type TreeChanges, unpackTree } from "../../../src/domain/tree/pack.ts";
import { MOST_TREE_BYTES } from "../../../src/domain/tree/tree.ts";
import { readChanges, writeChanges } from "../../../src/system/git/changes.ts";
import { findCheckout } from "../../../src/system/git/checkout.ts";
import { filesIn, GIT_ENV, newRepository, type Repository } from "../../support/git/repository.ts";
import { tempFolder } from "../../support/temp-folder.ts";

const options = { env: GIT_ENV };
const read = async ({ root }: Repository) => {
  const checkout = await findCheckout(root, options);
  assert.ok(checkout);
  return readChanges(checkout, options);
};
const BASE = {
  "a.txt": "a",
  "dir/b.txt": "b",
  "dir/c.txt": "c",
  "run.sh": "#!/bin/sh\n",
  ".gitignore": "*.log\n",
};
/** A second checkout of the same commit. */
const clone = (t: TestContext, { root, git }: Repository) => {
  const folder = join(tempFolder(t), "clone");
  git("clone", "--quiet", root, folder);
  return folder;
};
const file = (path: string) => ({ path, mode: "file" as const, data: Buffer.from("x") });

test("a checkout of the same commit becomes what the carried one is, byte for byte", async (t) => {
  const from = newRepository(t, BASE);
  const to = clone(t, from);
  from.write({
    "a.txt": "changed",
    "new/deep/file.bin": Buffer.from([0, 255, 13, 10, 0]),
    "with space\tand\ttab": "x",
    "ünïcode-日本": "x",
    "tool.sh": "#!/bin/sh\n",
    "ignored.log": "stays",
    "staged.txt": "staged",
    "staged and gone": "x",
  });
  from.git("add", "staged.txt", "staged and gone");
  from.write({ "staged.txt": "staged, then changed" });
  rmSync(join(from.root, "staged and gone"));
  rmSync(join(from.root, "dir"), { recursive: true });
  from.write({ dir: "a file now" });
  from.git("mv", "run.sh", "moved.sh");
  const index = readFileSync(join(from.root, ".git/index"));
  const { commit, changes } = await read(from);
  assert.equal(commit, from.git("rev-parse", "HEAD"));
  assert.deepEqual(
    readFileSync(join(from.root, ".git/index")),
    index,
    "the index of the caller is as it was",
  );
  writeChanges(to, unpackTree(packTree(changes)));
  const { "ignored.log": ignored, ...expected } = filesIn(from.root);
  assert.equal(ignored, "stays");
  assert.deepEqual(filesIn(to), expected);
});

test("a checkout without changes carries nothing", async (t) => {
  const { changes } = await read(newRepository(t, BASE));
  assert.deepEqual(changes, { files: [], gone: [] });
});

test("what can't be carried is refused with its path, and what to do", async (t) => {
  const refuses = async (repository: Repository, message: RegExp) =>
    assert.rejects(read(repository), { code: "file_refused", message, hint: /push|ignore/ });
  const linked = newRepository(t, BASE);
  symlinkSync("/etc/passwd", join(linked.root, "link"));
  await refuses(linked, /"link" is a link/);

  const parent = newRepository(t, BASE);
  rmSync(join(parent.root, "dir"), { recursive: true });
  symlinkSync(tempFolder(t), join(parent.root, "dir"));
  await refuses(parent, /"dir" is a link/);

  const inner = newRepository(t, BASE);
  mkdirSync(join(inner.root, "inner"));
  inner.git("init", "--quiet", "inner");
  await refuses(inner, /"inner\/" is a repository of its own/);

  const large = newRepository(t, BASE);
  large.write({ "small.txt": "x", "video.bin": Buffer.alloc(MOST_TREE_BYTES + 1) });
  await refuses(large, /The largest file is "video.bin" \(16777217 bytes\)/);

  const odd = newRepository(t, BASE);
  odd.write({ "back\\slash": "x" });
  await refuses(odd, /"back\\\\slash"/);

  const empty = newRepository(t, BASE);
  empty.git("checkout", "--quiet", "--orphan", "other");
  await refuses(empty, /no commit yet/);
});

test("nothing is written through a link or in the place of a folder, though the commit has it", async (t) => {
  const outside = tempFolder(t);
  const base = newRepository(t, { "dir/b.txt": "b" });
  symlinkSync(outside, join(base.root, "out"));
  symlinkSync(join(outside, "victim"), join(base.root, "leaf"));
  base.commit();
  const into = (changes: TreeChanges) => writeChanges(clone(t, base), changes);
  const refused = { code: "file_refused" };
  assert.throws(() => into({ files: [file("out/evil")], gone: [] }), refused);
  assert.throws(() => into({ files: [file("dir")], gone: [] }), refused);
  assert.throws(() => into({ files: [], gone: ["dir"] }), refused);
  into({ files: [], gone: ["out/nothing"] });
  const whole = clone(t, base);
  writeChanges(whole, { files: [file("leaf")], gone: [] });
  assert.equal(readFileSync(join(whole, "leaf"), "utf8"), "x", "the link itself is replaced");
  const replaced = clone(t, base);
  writeChanges(replaced, { files: [file("out/in")], gone: ["out"] });
  assert.equal(readFileSync(join(replaced, "out/in"), "utf8"), "x", "a folder in place of the link");
  assert.deepEqual(filesIn(outside), {});
  assert.ok(!existsSync(join(outside, "victim")));
});
