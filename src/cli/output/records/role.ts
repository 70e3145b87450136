import type { ChangedRole } from "../../../app/tell/role.ts";
import type { Shown } from "../../../app/tell/show.ts";

export function roleRecord({ entry, agent, workspace, record }: Shown) {
  return {
    type: "agent_sessions.role",
    name: entry.name,
    agent,
    session_id: entry.sessionId,
    workspace,
    role: record?.roleText ?? null,
    changed: record?.isRoleChanged ?? false,
  };
}

export function changedRoleRecord(workspace: string, changed: ChangedRole) {
  return {
    type: "agent_sessions.role_changed",
    name: changed.name,
    agent: changed.agent,
    session_id: changed.sessionId,
    workspace,
    role: changed.roleText ?? null,
    previous_role: changed.previousRoleText ?? null,
  };
}
