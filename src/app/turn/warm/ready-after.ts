import { AppError } from "../../../domain/errors.ts";
import type { TurnResult } from "../../../domain/turn/turn.ts";
import type { TurnPlan } from "../../../stores/file/turns/plan.ts";
import { canSeeMarks } from "../../../system/processes/mark.ts";
import type { Context } from "../../context.ts";
import { keepReady } from "../waiting/keeper.ts";
import { nextAfter } from "./next-turn.ts";

/**
 * Has an agent ready for the turn after the first one of a conversation, with a keeper, if that was asked for. The turn is
 * over, and without the agent the next one only takes longer, so what goes wrong here does not matter.
 */
export async function readyAfter(
  context: Context,
  plan: TurnPlan,
  { sessionId, outcome }: Pick<TurnResult, "sessionId" | "outcome">,
): Promise<void> {
  const keepMs = plan.afterwards?.keepWarmMs;
  const next = outcome === "succeeded" ? nextAfter(plan, sessionId, keepMs) : undefined;
  if (next === undefined || !canSeeMarks()) return;
  if (context.findAgent(next.scope.agent).warm === undefined) return;
  try {
    await keepReady(context, next);
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
  }
}
