import { AppError } from "../../domain/errors.ts";
import type { TurnTree } from "../../domain/tree/tree.ts";
import type { Context } from "../context.ts";
import type { TurnResult } from "../turn/ending/result.ts";
import { findTurn, type TurnQuery } from "./find.ts";

/** What a turn has changed in a working tree of its own. */
export interface TurnDiff {
  turnId: string;
  tree: TurnTree;
  /** As git writes it; empty if nothing was changed. */
  patch: Uint8Array;
}

/**
 * Returns what a turn of a name has changed on the machine of its worker; by default, the turn that was requested last.
 *
 * @throws AppError as `findTurn` does; `still_running`; `unsupported` for a turn that had no working tree of its own;
 * `no_such_turn` if the patch is kept no more; `file_refused` if it could not be kept
 */
export async function diff(context: Context, query: TurnQuery): Promise<TurnDiff> {
  const found = await findTurn(context, query);
  const { turnId } = found;
  if (found.state !== "ended")
    throw new AppError(
      "still_running",
      `Turn ${turnId} has not ended: what it changes is known at its end.`,
      {
        hint: `Wait for it: ${context.wording.step("wait", { ...query, turnId })}`,
        facts: { turn_id: turnId },
      },
    );
  const tree = treeOf(context, found.result);
  if (tree.patch === "none") return { turnId, tree, patch: new Uint8Array() };
  if (tree.patch !== "kept")
    throw new AppError("file_refused", `What turn ${turnId} has changed could not be kept in the store.`, {
      hint: `It is on the worker's machine: ${tree.leftIn}`,
      facts: { turn_id: turnId },
    });
  const patch = context.line && (await (await context.line.open()).patch(turnId));
  if (patch === undefined)
    throw new AppError("no_such_turn", `What turn ${turnId} has changed is kept no more.`, {
      facts: { turn_id: turnId },
    });
  return { turnId, tree, patch };
}

function treeOf({ line }: Context, { turnId, tree }: TurnResult): TurnTree {
  if (tree !== undefined && tree.kind !== "here") return tree;
  const where = line === undefined ? "its folder on this machine" : "its worker's checkout";
  throw new AppError("unsupported", `Turn ${turnId} worked on ${where} itself: there is no patch.`, {
    hint:
      line === undefined
        ? "Ask git there."
        : "Ask git there, or let the next turn work on a tree of its own.",
  });
}
