import type { SessionRecord } from "../domain/session.ts";
import type { TurnPlan } from "../stores/turn-plan.ts";

/** What is kept of a conversation that a turn has begun, or moved to. */
export function newRecord(plan: TurnPlan, sessionId: string): SessionRecord {
  const parentId = plan.kind === "send" && plan.sessionId !== sessionId ? plan.sessionId : undefined;
  return {
    agent: plan.scope.agent,
    sessionId,
    workspace: plan.cwd,
    createdAt: plan.startedAt,
    ...(plan.roleText === undefined ? {} : { roleText: plan.roleText }),
    ...(parentId === undefined ? {} : { parentId }),
  };
}
