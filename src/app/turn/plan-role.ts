import type { Agent } from "../../domain/agent/agent.ts";
import type { PlannedTurn } from "./plan.ts";

/** What is kept of the role of a conversation. */
export interface KeptRole {
  roleText?: string | undefined;
  isRoleChanged?: boolean | undefined;
}

/**
 * The role of a turn, and whether the agent has to be told that it was changed since the conversation began. Which
 * version of the agent will run shows only when it runs: the last one that did is taken for it.
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
