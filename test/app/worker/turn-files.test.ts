import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import { sweepTurnFiles, TurnFiles } from "../../../src/app/worker/turn-files.ts";
import type { AppError } from "../../../src/domain/errors.ts";
import { packTree } from "../../../src/domain/tree/pack.ts";
import { type LineTree, MOST_TREE_BYTES } from "../../../src/domain/tree/tree.ts";
import type { Claim } from "../../../src/domain/turn/line.ts";
import { contextOf } from "../../support/context.ts";
import { filesIn, newRepository, type Repository } from "../../support/git/repository.ts";
import { openSandbox } from "../../support/sandbox.ts";
import { tempFolder } from "../../support/temp-folder.ts";

const TURN = "20261128-010203-00000001";

function open(t: TestContext) {
  const sandbox = openSandbox({ modelUrl: "http://127.0.0.1:1" });
  t.after(() => sandbox.remove());
  const context = contextOf(sandbox);
  const person = newRepository(t, { "a.txt": "a\n", "sub/b.txt": "b\n" });
  const commit = person.git("rev-parse", "HEAD");
  const trees = join(context.home.path, "trees");
  const turnFiles = (
    tree: LineTree | undefined,
    {
      carried,
      folder = person.root,
      turnId = TURN,
    }: { carried?: Uint8Array; folder?: string; turnId?: string } = {},
  ) => {
    const order = { turnId, name: "x", scope: { agent: "claude", workspace: "git:h/o/r" }, tree };
    const claim = { order, carried: async () => carried } as unknown as Claim;
    return TurnFiles.open(context, claim, { folder, worker: "vm/1" }, undefined);
  };
  const carry = (carried: Uint8Array): [LineTree, { carried: Uint8Array }] => [
    { kind: "carry", commit, files: 1, bytes: carried.length },
    { carried },
  ];
  return { context, person, commit, trees, turnFiles, carry };
}

const worktrees = ({ git }: Repository) => git("worktree", "list").split("\n").length;
const file = (path: string, text = "x") => ({ path, mode: "file" as const, data: Buffer.from(text) });

test("what a stranger has put into the store writes nothing outside of the worktree, and nothing half", async (t) => {
  const { person, trees, turnFiles, carry } = open(t);
  const before = filesIn(person.root);
  const hostile = [
    Buffer.from("not a tree"),
    packTree({ files: [file("good.txt"), file("../evil")], gone: [] }),
    packTree({ files: [file("good.txt"), file(".git/config", "[core]\n\tfsmonitor = evil\n")], gone: [] }),
    packTree({ files: [file("good.txt"), file("a.txt/c")], gone: [] }),
    packTree({ files: [file("good.txt")], gone: ["sub"] }),
  ];
  for (const packed of hostile) await assert.rejects(turnFiles(...carry(packed)), { code: "file_refused" });
  await assert.rejects(turnFiles(carry(Buffer.from(""))[0]), {
    code: "file_refused",
    message: /not in the store/,
  });
  assert.deepEqual([filesIn(person.root), worktrees(person), readdirSync(trees)], [before, 1, []]);
});

test("a folder that the commit does not have is refused, and no worktree is left", async (t) => {
  const { person, commit, trees, turnFiles } = open(t);
  mkdirSync(join(person.root, "new"));
  const folder = join(person.root, "new");
  await assert.rejects(turnFiles({ kind: "commit", commit }, { folder }), { code: "folder_missing" });
  assert.deepEqual([worktrees(person), readdirSync(trees)], [1, []]);
  const sub = await turnFiles({ kind: "commit", commit }, { folder: join(person.root, "sub") });
  assert.ok(sub);
  assert.ok(sub.folder.endsWith("/sub"));
  await sub.close();
});

test("a commit that is not there, and a folder without a repository, are told", async (t) => {
  const { turnFiles, commit } = open(t);
  const missing = { code: "no_such_commit", message: /vm\/1 does not have the commit/ };
  await assert.rejects(turnFiles({ kind: "commit", commit: "0".repeat(40) }), missing);
  const folder = tempFolder(t);
  await assert.rejects(turnFiles({ kind: "commit", commit }, { folder }), missing);
  assert.equal(await turnFiles(undefined, { folder }), undefined);
});

test("the checkout as it stands is told before and after, and nothing is made", async (t) => {
  const { person, commit, turnFiles, trees } = open(t);
  const files = await turnFiles(undefined);
  assert.equal(files?.folder, person.root);
  person.write({ "a.txt": "changed\n" });
  assert.deepEqual(await files.after(), {
    tree: { kind: "here", before: { commit, isDirty: false }, after: { commit, isDirty: true } },
  });
  await files.close();
  assert.deepEqual([worktrees(person), readdirSync(trees)], [1, []]);
});

test("two turns of one name at once have two worktrees; later turns have the same folder again", async (t) => {
  const { commit, turnFiles } = open(t);
  const tree: LineTree = { kind: "commit", commit };
  const [one, two] = [await turnFiles(tree), await turnFiles(tree, { turnId: `${TURN.slice(0, -1)}2` })];
  assert.ok(one && two && one.folder !== two.folder);
  await one.close();
  const three = await turnFiles(tree);
  assert.equal(three?.folder, one.folder);
  await three.close();
  await two.close();
});

test("work that is too large for the store is a ref, and what git can't tell stays where it is", async (t) => {
  const { person, commit, turnFiles } = open(t);
  const large = await turnFiles({ kind: "commit", commit });
  assert.ok(large);
  const noise = Buffer.alloc(MOST_TREE_BYTES + 1);
  for (let at = 0; at < noise.length; at += 4)
    noise.writeUInt32LE((at * 2_654_435_761) % 2 ** 32, at === noise.length - 1 ? at - 3 : at);
  writeFileSync(join(large.folder, "large.bin"), noise);
  const { tree: told, patch } = await large.after();
  await large.close();
  assert.deepEqual([told.patch, patch], ["too_large", undefined]);
  assert.match(told.leftIn ?? "", new RegExp(`refs/agent-sessions/${TURN} in ${join(person.root, ".git")}`));
  assert.match(person.git("ls-tree", "--name-only", `refs/agent-sessions/${TURN}`), /large\.bin/);

  const odd = await turnFiles({ kind: "commit", commit });
  assert.ok(odd);
  mkdirSync(join(odd.folder, "inner"));
  person.git("init", "--quiet", join(odd.folder, "inner"));
  writeFileSync(join(odd.folder, "inner/work.txt"), "work");
  const failed = await odd.after();
  await odd.close();
  assert.deepEqual([failed.tree.patch, failed.tree.leftIn], ["failed", odd.folder]);
  assert.ok(existsSync(join(odd.folder, "inner/work.txt")));
});

test("a worker whose folder was moved or deleted says which one it is, and where to begin another", async (t) => {
  const { trees, turnFiles, commit, person } = open(t);
  const gone = join(person.root, "gone");
  for (const tree of [undefined, { kind: "commit", commit } as const])
    await assert.rejects(turnFiles(tree, { folder: gone }), ({ code, message, hint }: AppError) => {
      assert.deepEqual(
        [code, message],
        ["folder_missing", `The worker vm/1 no longer has the folder ${gone}.`],
      );
      assert.match(hint ?? "", /^Start a worker where the workspace is now/);
      return true;
    });
  assert.equal(existsSync(trees), false);
  // A folder that was moved, with a link in its place, is there.
  const link = join(person.root, "..", "link");
  symlinkSync(person.root, link);
  t.after(() => rmSync(link));
  await (await turnFiles(undefined, { folder: link }))?.close();
});

test("what a killed worker has left is deleted by the next one in its place, unless its turn is still here", async (t) => {
  const { context, person, commit, trees, turnFiles } = open(t);
  await turnFiles({ kind: "commit", commit });
  assert.equal(TurnFiles.left(context, TURN)?.folder.startsWith(trees), true);
  assert.equal(worktrees(person), 2);
  await sweepTurnFiles(context);
  assert.deepEqual([worktrees(person), readdirSync(trees)], [1, []]);
});
