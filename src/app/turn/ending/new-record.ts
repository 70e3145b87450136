import type { SessionRecord } from "../../../domain/session/session.ts";
import type { Continuity } from "../../../domain/turn/turn.ts";
import type { TurnPlan } from "../../../stores/file/turns/plan.ts";

/**
 * Returns the record of a conversation that a turn has begun, or moved to from the conversation of `before`.
 */
export function newRecord(
  plan: TurnPlan,
  sessionId: string,
  continuity: Continuity,
  before?: SessionRecord,
): SessionRecord {
  const hasMoved = plan.sessionId !== undefined && plan.sessionId !== sessionId;
  const isBegun = plan.kind === "create" || hasMoved;
  const parentId =
    plan.kind === "create" ? (plan.forkOf ?? plan.freshFor) : hasMoved ? plan.sessionId : undefined;
  const access = plan.kind === "create" ? plan.access : before?.access;
  return {
    agent: plan.scope.agent,
    sessionId,
    workspace: plan.cwd,
    createdAt: plan.startedAt,
    ...(isBegun ? { began: continuity } : {}),
    ...(plan.roleText === undefined ? {} : { roleText: plan.roleText }),
    ...(plan.isRoleChanged ? { isRoleChanged: true } : {}),
    ...(access === undefined ? {} : { access }),
    ...(parentId === undefined ? {} : { parentId }),
  };
}
