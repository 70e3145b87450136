import { AppError } from "../../domain/errors.ts";
import { isWorkspaceId } from "../../domain/names/workspace-id.ts";
import { packTree } from "../../domain/tree/pack.ts";
import { isWholeCommit, type LineTree, type TreeAsked } from "../../domain/tree/tree.ts";
import { readChanges } from "../../system/git/changes.ts";
import { type Checkout, findCheckout } from "../../system/git/checkout.ts";
import { commitOf } from "../../system/git/worktree.ts";
import type { Context } from "../context.ts";

/** What an order for another machine says of the files that it is about. */
export interface Brought {
  tree?: LineTree;
  carried?: Uint8Array;
}

/**
 * Returns what a turn brings along of its caller's folder.
 *
 * @throws AppError `usage` for a commit that nobody can know, and where there is no folder to carry; `file_refused` for one
 * that can't be carried
 */
export async function bringTree(
  context: Context,
  asked: TreeAsked | undefined,
  workspace: string,
): Promise<Brought> {
  if (asked === undefined || asked.kind === "here") return {};
  const options = { env: context.env };
  const checkout = isWorkspaceId(workspace) ? undefined : await findCheckout(workspace, options);
  if (asked.kind === "commit") {
    const commit = await wholeCommit(context, asked.commit, checkout, workspace);
    return { tree: { kind: "commit", commit } };
  }
  if (checkout === undefined)
    throw new AppError(
      "usage",
      `There is nothing to carry: ${workspace} is no folder of a repository here.`,
      {
        hint: "Ask in a checkout of the repository, or name a commit instead.",
      },
    );
  const { commit, changes } = await readChanges(checkout, options);
  const carried = packTree(changes);
  const files = changes.files.length + changes.gone.length;
  return { tree: { kind: "carry", commit, files, bytes: carried.length }, carried };
}

/** A name, or the beginning of an id, may mean something else on another machine. */
async function wholeCommit(
  { env }: Context,
  text: string,
  checkout: Checkout | undefined,
  workspace: string,
): Promise<string> {
  const found = checkout && (await commitOf(checkout, text, { env }));
  if (found !== undefined) return found;
  if (isWholeCommit(text)) return text;
  const where =
    checkout === undefined ? "there is no repository here to look it up" : `${workspace} has none`;
  throw new AppError("usage", `No commit is known as ${JSON.stringify(text)}: ${where}.`, {
    hint: "Give the whole id of a commit, of 40 digits.",
  });
}
