import { createHash } from "node:crypto";
import { join, resolve } from "node:path";
import { type CheckoutStatus, readStatus } from "../../domain/tree/status.ts";
import type { TreeState } from "../../domain/tree/tree.ts";
import { readFileIfAny } from "../files/read.ts";
import { type GitOptions, git } from "./run.ts";

/** A working tree of a repository, as it was before anybody else could change it. */
export interface Checkout {
  /** Absolute. */
  root: string;
  /** The folder in question, below the root; empty for the root. */
  below: string;
  gitDir: string;
  /** Differs from `gitDir` in a worktree. */
  commonDir: string;
  /** Tells whether the repository's settings are still the same: they can make git start programs. */
  settings: string;
}

/** A huge repository must not hold a turn up. */
const STATE_MS = 5_000;

/** Returns the checkout that a folder is in; undefined outside of one, and without git. */
export async function findCheckout(folder: string, options: GitOptions): Promise<Checkout | undefined> {
  const asked = ["rev-parse", "--show-toplevel", "--absolute-git-dir", "--git-common-dir", "--show-prefix"];
  const found = await git(folder, asked, { ...options, timeoutMs: STATE_MS }).catch((error) => {
    options.signal?.throwIfAborted();
    if (error?.code === "unsupported") return undefined;
    throw error;
  });
  if (found?.code !== 0) return undefined;
  const [root = "", gitDir = "", common = "", below = ""] = found.stdout.toString("utf8").split("\n");
  if (root === "") return undefined;
  const commonDir = resolve(folder, common);
  return {
    root,
    gitDir,
    commonDir,
    below: below.replace(/\/$/, ""),
    settings: settingsOf(gitDir, commonDir),
  };
}

/**
 * Returns how a checkout stands. Undefined where git does not tell in time, and where its settings are no longer what they
 * were: an agent that may write there must not choose what this process starts.
 */
export async function stateOf(checkout: Checkout, options: GitOptions): Promise<TreeState | undefined> {
  const status = await statusOf(checkout, "normal", { ...options, timeoutMs: STATE_MS });
  if (status === undefined) return undefined;
  const { commit, paths } = status;
  return { ...(commit === undefined ? {} : { commit }), isDirty: paths.length > 0 };
}

/** Returns what a checkout has beyond its commit; undefined as for `stateOf`. A path that is no UTF-8 is not told apart. */
export async function statusOf(
  checkout: Checkout,
  untracked: "normal" | "all",
  options: GitOptions,
): Promise<CheckoutStatus | undefined> {
  if (!isAsItWas(checkout)) return undefined;
  const args = [
    "status",
    "--porcelain=v2",
    "--branch",
    "-z",
    "--no-renames",
    `--untracked-files=${untracked}`,
  ];
  const { code, stdout, isCut } = await git(checkout.root, [...at(checkout), ...args], options);
  return code === 0 && !isCut ? readStatus(stdout.toString("utf8")) : undefined;
}

/** Returns the words that make git use this checkout, whatever stands in its folder by now. */
export function at({ gitDir, root }: Checkout): string[] {
  return [`--git-dir=${gitDir}`, `--work-tree=${root}`];
}

export function isAsItWas({ gitDir, commonDir, settings }: Checkout): boolean {
  return settingsOf(gitDir, commonDir) === settings;
}

function settingsOf(gitDir: string, commonDir: string): string {
  const hash = createHash("sha256");
  for (const path of [join(commonDir, "config"), join(gitDir, "config.worktree")])
    hash.update(readFileIfAny(path) ?? "none").update("\0");
  return hash.digest("hex");
}
