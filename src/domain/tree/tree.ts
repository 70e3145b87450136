/** Which files a turn is to work on: those of the checkout as it stands, those of a commit, or those of the caller. */
export type TreeAsked = { kind: "here" } | { kind: "commit"; commit: string } | { kind: "carry" };

/** The same for whoever runs the turn, on any machine: a commit by its full id. Absent for a checkout as it stands. */
export type LineTree =
  | { kind: "commit"; commit: string }
  /** The commit, and what its caller's folder has beyond it. */
  | { kind: "carry"; commit: string; files: number; bytes: number };

/** How a checkout stood. A part is absent where git did not tell. */
export interface TreeState {
  /** Its whole id; absent before the first commit, too. */
  commit?: string;
  /** Whether there is something that the commit does not have; ignored files do not count. */
  isDirty?: boolean;
}

/** Which files a turn has worked on. Absent for a turn that ran where it was asked for, and outside of repositories. */
export interface TurnTree {
  /** The checkout of its worker as it stood, a commit, or what its caller carried. */
  kind: "here" | "commit" | "carry";
  before: TreeState;
  after: TreeState;
  /**
   * What the turn has changed in a worktree of its own: `kept` as a patch in the store, `none`, `too_large` for the store,
   * or `failed` where git could not tell. The last two are left on the worker's machine.
   */
  patch?: "kept" | "none" | "too_large" | "failed";
  /** Where it is left there: the repository and the ref, or the worktree. */
  leftIn?: string;
}

/** How the option is read. An empty text is none. */
export function parseTree(text: string): TreeAsked | undefined {
  if (text === "here" || text === "carry") return { kind: text };
  // What git could take for an option is no commit.
  return text === "" || text.startsWith("-") ? undefined : { kind: "commit", commit: text };
}

/** Whether a text is a commit's whole id, which means the same everywhere. */
export function isWholeCommit(text: string): boolean {
  return /^([0-9a-f]{40}|[0-9a-f]{64})$/.test(text);
}

/** How much a turn may carry, there and back. */
export const MOST_TREE_BYTES = 16 * 1024 * 1024;
export const MOST_TREE_FILES = 10_000;
