import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import { type Checkout, findCheckout, stateOf } from "../../../src/system/git/checkout.ts";
import {
  addWorktree,
  commitOf,
  keepTree,
  patchOf,
  removeWorktree,
  treeOf,
} from "../../../src/system/git/worktree.ts";
import { filesIn, GIT_ENV, newRepository, repositoryIn } from "../../support/git/repository.ts";
import { tempFolder } from "../../support/temp-folder.ts";

const options = { env: GIT_ENV };
const checkoutOf = async (folder: string): Promise<Checkout> => {
  const found = await findCheckout(folder, options);
  assert.ok(found);
  return found;
};
const open = async (t: TestContext) => {
  const person = newRepository(t, { "a.txt": "one\n", "dir/b.txt": "b\n", ".gitignore": "*.log\n" });
  const first = person.git("rev-parse", "HEAD");
  person.write({ "a.txt": "two\n" });
  person.commit();
  person.write({ "a.txt": "not committed\n", "own.txt": "mine\n" });
  const checkout = await checkoutOf(person.root);
  const folder = join(tempFolder(t), "tree");
  return { person, first, checkout, folder };
};
const index = ({ gitDir }: Checkout) => join(gitDir, "index.test");

test("a worktree has its commit, and nothing of the person's repository changes", async (t) => {
  const { person, first, checkout, folder } = await open(t);
  mkdirSync(join(person.root, ".git/hooks"), { recursive: true });
  writeFileSync(join(person.root, ".git/hooks/post-checkout"), "#!/bin/sh\ntouch hook-ran\n", {
    mode: 0o755,
  });
  const seen = () => [
    filesIn(person.root),
    readFileSync(join(person.root, ".git/index")).toString("hex"),
    person.git("for-each-ref"),
    person.git("symbolic-ref", "HEAD"),
    person.git("status", "--porcelain"),
    person.git("worktree", "list"),
  ];
  const before = seen();
  const worktree = await addWorktree(checkout, folder, first, options);
  assert.deepEqual(filesIn(folder), { ".gitignore": "*.log\n", "a.txt": "one\n", "dir/b.txt": "b\n" });
  assert.deepEqual(await stateOf(worktree, options), { commit: first, isDirty: false });
  writeFileSync(join(folder, "new.txt"), "x");
  assert.deepEqual(await stateOf(worktree, options), { commit: first, isDirty: true });
  await removeWorktree(worktree);
  assert.ok(!existsSync(folder));
  assert.deepEqual(seen(), before);
});

test("the patch of what was changed makes the same of another checkout, whatever was committed meanwhile", async (t) => {
  const { person, first, checkout, folder } = await open(t);
  const worktree = await addWorktree(checkout, folder, first, options);
  const was = await treeOf(worktree, index(worktree), options);
  assert.equal(was, person.git("rev-parse", `${first}^{tree}`));
  const inside = repositoryIn(folder);
  inside.write({ "a.txt": "changed\n", "new.bin": Buffer.from([0, 1, 255]), "build.log": "ignored" });
  inside.commit();
  rmSync(join(folder, "dir"), { recursive: true });
  const now = await treeOf(worktree, index(worktree), options);
  const patch = await patchOf(worktree, was, now, options);
  assert.ok(patch);
  const other = newRepository(t, { "a.txt": "one\n", "dir/b.txt": "b\n", ".gitignore": "*.log\n" });
  const file = join(tempFolder(t), "patch");
  writeFileSync(file, patch);
  other.git("apply", file);
  const { "build.log": _, ...expected } = filesIn(folder);
  assert.deepEqual(filesIn(other.root), expected);
  await keepTree(worktree, { tree: now, commit: first, ref: "refs/agent-sessions/x", message: "m" }, options);
  assert.equal(person.git("rev-parse", "refs/agent-sessions/x^{tree}"), now);
  assert.equal(person.git("rev-parse", "refs/agent-sessions/x^"), first);
});

test("an agent that puts a repository of its own there starts nothing of its choice", async (t) => {
  const { first, checkout, folder } = await open(t);
  const worktree = await addWorktree(checkout, folder, first, options);
  rmSync(join(folder, ".git"));
  const planted = repositoryIn(folder);
  planted.git("init", "--quiet");
  const ran = join(tempFolder(t), "ran");
  planted.git("config", "core.fsmonitor", `touch ${ran}; false`);
  planted.git("config", "filter.x.clean", `touch ${ran}; cat`);
  planted.write({ ".gitattributes": "* filter=x\n", "a.txt": "changed\n" });
  assert.deepEqual(await stateOf(worktree, options), { commit: first, isDirty: true });
  await treeOf(worktree, index(worktree), options).catch(() => undefined);
  await removeWorktree(worktree);
  assert.ok(!existsSync(ran) && !existsSync(folder));
});

test("settings that were changed meanwhile are not used: they could name a program", async (t) => {
  const { person, checkout } = await open(t);
  const ran = join(tempFolder(t), "ran");
  person.git("config", "filter.x.clean", `touch ${ran}; cat`);
  // Of the same length as what was committed: only then must git read it, and ask the filter.
  person.write({ ".gitattributes": "* filter=x\n", "a.txt": "owt\n" });
  assert.equal(await stateOf(checkout, options), undefined);
  assert.ok(!existsSync(ran));
  assert.deepEqual(
    await stateOf(await checkoutOf(person.root), options).then((state) => state?.isDirty),
    true,
  );
  assert.ok(existsSync(ran), "git would have started it");
});

test("a commit is found by name and by its id, and nothing is taken for an option", async (t) => {
  const { person, first, checkout } = await open(t);
  assert.equal(await commitOf(checkout, "HEAD~1", options), first);
  assert.equal(await commitOf(checkout, first.slice(0, 10), options), first);
  for (const text of ["0".repeat(40), "no-such", "--help", `${first}^{tree}`, "HEAD:a.txt"])
    assert.equal(await commitOf(checkout, text, options), undefined, text);
  assert.equal(person.git("status", "--porcelain").includes("own.txt"), true);
});

test("outside of a repository there is no checkout", async (t) => {
  assert.equal(await findCheckout(tempFolder(t), options), undefined);
  assert.equal(await findCheckout(tempFolder(t), { env: { PATH: "/nonexistent" } }), undefined);
});
