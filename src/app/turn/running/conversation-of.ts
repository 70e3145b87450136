import type { Folded } from "../../../domain/turn/fold.ts";
import type { TurnPlan } from "../../../stores/file/turns/plan.ts";

/**
 * Returns the conversation that a turn runs in, as soon as the agent has reported it. Where the agent reports
 * the id only at the end, a turn that has begun is taken to run in the requested conversation; the end of the
 * turn checks it.
 */
export function conversationOf(folded: Folded, plan: Pick<TurnPlan, "sessionId">): string | undefined {
  return folded.sessionId ?? folded.end?.sessionId ?? (folded.hasBegun ? plan.sessionId : undefined);
}

/**
 * Returns the conversation that a create has begun and that may be named. If another id was requested, the
 * conversation is the wrong one and gets no name; the end of the turn reports that.
 */
export function begunConversation(folded: Folded, plan: Pick<TurnPlan, "sessionId">): string | undefined {
  const sessionId = conversationOf(folded, plan);
  return plan.sessionId === undefined || sessionId === plan.sessionId ? sessionId : undefined;
}
