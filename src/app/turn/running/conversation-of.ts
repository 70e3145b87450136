import type { Folded } from "../../../domain/turn/fold.ts";
import type { TurnPlan } from "../../../stores/file/turns/plan.ts";

/**
 * The conversation that a turn runs in, as soon as the agent has told it: by its id, or, where the id comes only
 * with the end, by having begun in the one that it was asked for. The end of the turn checks it.
 */
export function conversationOf(folded: Folded, plan: Pick<TurnPlan, "sessionId">): string | undefined {
  return folded.sessionId ?? folded.end?.sessionId ?? (folded.hasBegun ? plan.sessionId : undefined);
}

/**
 * The conversation that a create has begun and that may be named. An id that was not asked for is another conversation;
 * the end of the turn says so.
 */
export function begunConversation(folded: Folded, plan: Pick<TurnPlan, "sessionId">): string | undefined {
  const sessionId = conversationOf(folded, plan);
  return plan.sessionId === undefined || sessionId === plan.sessionId ? sessionId : undefined;
}
