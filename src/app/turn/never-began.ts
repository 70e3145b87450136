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
 * Writes down that an accepted turn came to nothing. It is no part of its conversation, so its folder is where
 * that is kept.
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
 * Settles an accepted turn whose process is gone before it began. Returns whether it is over.
 *
 * @throws AppError when that can't be written down.
 */
export function settleQueued(context: Context, turn: QueuedTurn): boolean {
  const { folder, accepted } = turn;
  const starter = livenessOf(accepted.caller);
  // Looked for after its starter was: one that is gone by now has said whom it left the turn to.
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
          message: "The process that was to run the turn ended before it began; nothing ran.",
        }
      : { code: "cancelled", message: `The turn was cancelled by ${cancellation.by} before it began.` };
  try {
    // Since it was looked at, it may have begun or come to its end.
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
