import type { AppErrorCode } from "../../domain/errors.ts";
import type { Outcome } from "../../domain/turn/turn.ts";
import type { QueuedTurn } from "../../stores/file/turns/turns.ts";
import { livenessOf } from "../../system/processes/identity.ts";
import type { Context } from "../context.ts";
import type { TurnResult } from "./ending/result.ts";

/** Why a turn that was accepted never began. */
export interface NeverBegan {
  code: AppErrorCode;
  message: string;
  hint?: string | undefined;
}

/**
 * Records that an accepted turn never began. The turn is not part of its conversation, so the result is kept
 * in the turn's folder and not in the journal.
 */
export function endQueued(context: Context, { folder, accepted }: QueuedTurn, why: NeverBegan): TurnResult {
  const { turnId, name, scope, sessionId, acceptedAt, cwd, model, effort } = accepted;
  const { code, message, hint } = why;
  const endedAt = context.now();
  const result: TurnResult = {
    turnId,
    name,
    agent: scope.agent,
    workspace: cwd,
    sessionId,
    outcome: outcomeOf(code),
    continuity: "native",
    text: "",
    ...(model === undefined ? {} : { model }),
    ...(effort === undefined ? {} : { effort }),
    startedAt: acceptedAt,
    endedAt: endedAt.toISOString(),
    durationMs: Math.max(0, endedAt.getTime() - Date.parse(acceptedAt)),
    failure: { code, message, ...(hint === undefined ? {} : { hint }) },
    isPromptKept: false,
  };
  folder.saveEnding(result);
  context.turns.settle(folder, turnId);
  return result;
}

/**
 * Settles an accepted turn whose process ended before the turn began. Returns whether the turn is over.
 *
 * @throws AppError when the end can't be recorded.
 */
export function settleQueued(context: Context, turn: QueuedTurn): boolean {
  const { folder, accepted } = turn;
  const starter = livenessOf(accepted.caller);
  // Read after the starter's state: a starter that is gone has recorded the attendant by then.
  const attendant = folder.attendant();
  if ((attendant === undefined ? starter : livenessOf(attendant)) !== "gone") return false;
  if (folder.ending() !== undefined) {
    context.turns.settle(folder, accepted.turnId);
    return true;
  }
  const cancellation = folder.cancellation();
  const why: NeverBegan =
    cancellation === undefined
      ? {
          code: "agent_failed",
          message: "The background process exited before the turn began; nothing ran.",
        }
      : { code: "cancelled", message: `The turn was cancelled by ${cancellation.by} before it began.` };
  try {
    // The turn may have begun or ended since it was listed.
    if (folder.accepted() !== undefined && folder.plan() === undefined) endQueued(context, turn, why);
  } catch (error) {
    if (folder.accepted() !== undefined) throw error;
  }
  return true;
}

function outcomeOf(code: AppErrorCode): Outcome {
  if (code === "cancelled" || code === "terminated") return "cancelled";
  if (code === "deadline") return "deadline";
  return code === "agent_failed" ? "interrupted" : "failed";
}
