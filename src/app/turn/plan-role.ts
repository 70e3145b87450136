import type { Agent } from "../../domain/agent/agent.ts";
import type { PlannedTurn } from "./plan.ts";

/** The role as a conversation's record keeps it. */
export interface KeptRole {
  roleText?: string | undefined;
  isRoleChanged?: boolean | undefined;
}

/**
 * Returns the role of a turn, and whether the agent has to be told that the role was changed since the
 * conversation began. The version of the agent is known only once it runs, so the version of the last turn is
 * assumed.
 */
export function planRole(
  agent: Agent,
  { roleText, isRoleChanged = false }: KeptRole,
  agentVersion: string | undefined,
): Pick<PlannedTurn, "roleText" | "isRoleChanged" | "isRoleFrozen"> {
  const role = roleText === undefined ? {} : { roleText };
  if (!isRoleChanged) return role;
  return { ...role, isRoleChanged, isRoleFrozen: agent.freezesRole?.(agentVersion) ?? false };
}
