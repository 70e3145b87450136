import { rmdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { AppError } from "../../domain/errors.ts";
import { MOST_TREE_BYTES } from "../../domain/tree/tree.ts";
import { at, type Checkout, findCheckout, isAsItWas } from "./checkout.ts";
import { type GitOptions, git, gitOrFail } from "./run.ts";

/** Loaded where it is used: it would cost every start of the program 0.7 ms. */
const files = () => import("node:fs/promises");

/** Returns the full id of the commit that a text names in a checkout; undefined where it names none. */
export async function commitOf(
  checkout: Checkout,
  text: string,
  options: GitOptions,
): Promise<string | undefined> {
  const args = ["rev-parse", "--verify", "--quiet", "--end-of-options", `${text}^{commit}`];
  const { code, stdout } = await git(checkout.root, [...at(checkout), ...args], options);
  const found = stdout.toString("latin1").trim();
  return code === 0 && found !== "" ? found : undefined;
}

/**
 * Makes a working tree of its own at a commit, on no branch. What the repository's user has, its branches, its index and
 * its files, stays as it is.
 *
 * @throws AppError `unsupported` with git's words
 */
export async function addWorktree(
  checkout: Checkout,
  folder: string,
  commit: string,
  options: GitOptions,
): Promise<Checkout> {
  await gitOrFail(
    checkout.root,
    [...at(checkout), "worktree", "add", "--force", "--detach", "--quiet", folder, commit],
    options,
  );
  const made = await findCheckout(folder, options);
  if (made === undefined || made.commonDir !== checkout.commonDir)
    throw new AppError("unsupported", `The worktree ${folder} of ${checkout.root} can't be used.`);
  return { ...made, below: checkout.below };
}

/** Deletes a worktree and what the repository knows of it, without asking what stands in it. */
export async function removeWorktree({ root, gitDir, commonDir }: Checkout): Promise<void> {
  const { rm } = await files();
  await rm(root, { recursive: true, force: true });
  const own = join(commonDir, "worktrees");
  if (dirname(gitDir) !== own) return;
  await rm(gitDir, { recursive: true, force: true });
  try {
    rmdirSync(own);
  } catch {
    // Others are there.
  }
}

/** Returns the id of the tree that a working tree comes to, without its ignored files; the worktree's index stays as it is. */
export async function treeOf(worktree: Checkout, index: string, options: GitOptions): Promise<string> {
  if (!isAsItWas(worktree))
    throw new AppError("unsupported", `The settings of the repository of ${worktree.root} were changed.`);
  const own = { ...options, extra: { GIT_INDEX_FILE: index } };
  const { copyFile, rm } = await files();
  try {
    // With what git knows of the files: it reads those alone that were changed.
    await copyFile(join(worktree.gitDir, "index"), index);
    await gitOrFail(worktree.root, [...at(worktree), "add", "--all"], own);
    return (await gitOrFail(worktree.root, [...at(worktree), "write-tree"], own)).toString("latin1").trim();
  } finally {
    await rm(index, { force: true });
  }
}

/** Returns the patch from one tree to another; undefined for one that is too large to be carried. */
export async function patchOf(
  worktree: Checkout,
  from: string,
  to: string,
  options: GitOptions,
): Promise<Buffer | undefined> {
  const args = [
    "diff",
    "--binary",
    "--full-index",
    "--no-color",
    "--no-ext-diff",
    "--no-textconv",
    "--no-renames",
  ];
  const all = [...at(worktree), ...args, "--src-prefix=a/", "--dst-prefix=b/", from, to];
  const { code, stdout, isCut, stderr } = await git(worktree.root, all, {
    ...options,
    mostBytes: MOST_TREE_BYTES,
  });
  if (isCut) return undefined;
  if (code !== 0) throw new AppError("unsupported", `\`git diff\` in ${worktree.root} says: ${stderr}`);
  return stdout;
}

/** Keeps a tree in the repository under a ref, as a commit on top of another one. */
export async function keepTree(
  worktree: Checkout,
  { tree, commit, ref, message }: { tree: string; commit: string; ref: string; message: string },
  options: GitOptions,
): Promise<void> {
  const who = { NAME: "agent-sessions", EMAIL: "agent-sessions@localhost" };
  const extra = Object.fromEntries(
    ["AUTHOR", "COMMITTER"].flatMap((role) =>
      Object.entries(who).map(([key, value]) => [`GIT_${role}_${key}`, value]),
    ),
  );
  const words = [...at(worktree), "commit-tree", tree, "-p", commit, "-m", message];
  const kept = (await gitOrFail(worktree.root, words, { ...options, extra })).toString("latin1").trim();
  await gitOrFail(worktree.root, [...at(worktree), "update-ref", ref, kept], options);
}
