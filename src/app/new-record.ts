import type { SessionRecord } from "../domain/session.ts";
import type { TurnPlan } from "../stores/turn-plan.ts";

/** What is kept of a conversation that a turn has begun, or moved to. */
export function newRecord(plan: TurnPlan, sessionId: string): SessionRecord {
  const parentId = plan.kind === "create" ? (plan.forkOf ?? plan.freshFor) : movedFrom(plan, sessionId);
  return {
    agent: plan.scope.agent,
    sessionId,
    workspace: plan.cwd,
    createdAt: plan.startedAt,
    ...(plan.roleText === undefined ? {} : { roleText: plan.roleText }),
    ...(plan.isRoleChanged ? { isRoleChanged: true } : {}),
    ...(plan.kind === "create" && plan.access !== undefined ? { access: plan.access } : {}),
    ...(parentId === undefined ? {} : { parentId }),
  };
}

function movedFrom(plan: TurnPlan, sessionId: string): string | undefined {
  return plan.sessionId === sessionId ? undefined : plan.sessionId;
}
