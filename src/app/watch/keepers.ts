import { AppError } from "../../domain/errors.ts";
import type { UnendedTurn } from "../../domain/runner.ts";
import type { Context } from "../context.ts";
import { type TurnQuery, unendedTurns } from "./find.ts";

/** Returns the accepted turns that have not begun, in order; without a workspace, all of this user. */
export async function queuedTurns(
  context: Context,
  meant: { workspace?: string | undefined; agent?: string | undefined },
): Promise<UnendedTurn[]> {
  return (await context.runner.unended(meant)).filter(({ state }) => state === "queued");
}

/**
 * Runs the accepted turns of a name from here that nobody sees to, in order, with the environment of this process.
 * Resolves with all queued turns of the name, once each has a process.
 *
 * @throws AppError `no_such_turn` if the name has none; `folder_missing` if their folder is gone
 */
export async function runWaiting(context: Context, query: TurnQuery): Promise<UnendedTurn[]> {
  const queued = (await unendedTurns(context, query)).filter(({ state }) => state === "queued");
  for (const { turnId, waitsBecause } of queued)
    if (waitsBecause !== undefined) await context.runner.run(turnId);
  if (queued.length > 0) return queued;
  const { name } = query;
  throw new AppError("no_such_turn", `No turn of ${JSON.stringify(name)} is queued.`, {
    hint: `See what runs and what is queued with: ${context.wording.step("status", { everywhere: true })}`,
    facts: { name },
  });
}
