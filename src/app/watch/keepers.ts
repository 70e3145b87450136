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
 * Runs the accepted turns of a name from here that nobody sees to, in order. They run with the environment of this
 * process. Resolves with them once each has a process.
 *
 * @throws AppError `no_such_turn` if no turn of the name waits for that
 */
export async function runWaiting(context: Context, query: TurnQuery): Promise<UnendedTurn[]> {
  const waiting = (await unendedTurns(context, query)).filter(
    ({ waitsBecause }) => waitsBecause !== undefined,
  );
  const run: UnendedTurn[] = [];
  for (const turn of waiting) if (await context.runner.run(turn.turnId)) run.push(turn);
  if (run.length > 0) return run;
  const { name } = query;
  throw new AppError("no_such_turn", `No turn of ${JSON.stringify(name)} waits for a process that runs it.`, {
    hint: `See what runs and what is queued with: ${context.wording.step("status", { everywhere: true })}`,
    facts: { name },
  });
}
