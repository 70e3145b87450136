import { AppError } from "../../domain/errors.ts";
import { callerName } from "../caller.ts";
import type { Context } from "../context.ts";
import { markRead } from "../conversation/mark-read.ts";
import { resolveName } from "../names/resolve.ts";
import type { TurnResult } from "../turn/ending/result.ts";
import { findTurn, type TurnQuery, unendedTurns } from "./find.ts";
import { waitForEnd } from "./wait.ts";

/** How long the command that runs the turn may take to record its end once the agent is gone. */
const PATIENCE_MS = 5_000;

/** `turn` is the turn's result: the turn may have ended by itself first. Absent when no turn ran. */
export type Cancelled = { cancelled: boolean; turn?: TurnResult };

/**
 * Ends a turn of a name with all its processes: by default the running turn, else the next in the queue.
 * Resolves once its end is recorded.
 *
 * @throws AppError `no_such_name`, `ambiguous_name`, `no_such_turn`; `busy` when the turn runs on another
 * machine or in another container, or when the command or the worker that runs it does not record its end.
 */
export async function cancel(context: Context, query: TurnQuery): Promise<Cancelled> {
  const found =
    query.turnId === undefined ? (await unendedTurns(context, query))[0] : await findTurn(context, query);
  if (found === undefined) {
    await resolveName(context, query.workspace, query.name, query.agent);
    return { cancelled: false };
  }
  if (found.state === "ended") return { cancelled: false, turn: found.result };
  const { turnId } = found;
  if (found.state === "elsewhere") {
    throw new AppError("busy", `Turn ${turnId} runs on another machine or in another container.`, {
      hint: `Cancel it there. If that is gone for good, free the conversation with: ${context.wording.step("breakLock", { name: query.name, agent: query.agent, workspace: query.workspace })}`,
      facts: { turn_id: turnId },
    });
  }
  await context.runner.askToEnd(turnId, { at: context.now().toISOString(), by: callerName(context) });
  const startedMs = performance.now();
  const turn = await waitForEnd(
    context,
    { name: query.name, turnId, last: found },
    () => performance.now() - startedMs > PATIENCE_MS,
    { isEnding: true },
  );
  if (turn !== undefined) {
    await markRead(context, turn);
    return { cancelled: turn.outcome === "cancelled", turn };
  }
  const facts = { turn_id: turnId };
  if (context.line !== undefined)
    throw new AppError(
      "busy",
      `Turn ${turnId} was asked to end, but its worker${found.worker === undefined ? "" : ` ${found.worker}`} has not answered.`,
      {
        hint: "Its agent may still run. If the worker is gone, the next one records the end, once the lease of this one is over.",
        facts,
      },
    );
  throw new AppError(
    "busy",
    `Turn ${turnId} is ended, but the command that ran it does not record the end.`,
    {
      hint: "If that command is stopped, the end is recorded when the command continues or exits.",
      facts,
    },
  );
}
