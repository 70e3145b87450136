import type { AppErrorCode } from "../../../domain/errors.ts";
import type { Outcome } from "../../../domain/turn/turn.ts";
import type { QueuedTurn } from "../../../stores/file/turns/turns.ts";
import type { Context } from "../../context.ts";
import { putAside } from "../ending/put-aside.ts";
import type { TurnResult } from "../ending/result.ts";

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
export async function endQueued(
  context: Context,
  { folder, accepted }: QueuedTurn,
  why: NeverBegan,
): Promise<TurnResult> {
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
  await putAside(context, { folder, onEnd: accepted.onEnd }, result, { where: "settled", hasRunHere: false });
  return result;
}

function outcomeOf(code: AppErrorCode): Outcome {
  if (code === "cancelled" || code === "terminated") return "cancelled";
  if (code === "deadline") return "deadline";
  return code === "agent_failed" ? "interrupted" : "failed";
}
