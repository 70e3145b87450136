import type { ChangedRole } from "../../app/tell/role.ts";
import { withoutUndefined } from "../../domain/without-undefined.ts";

/** The role that a conversation has from its next turn on, and the one until then; absent where there is none. */
export interface RoleChange {
  role?: string;
  previousRole?: string;
}

export function roleChange({ roleText: role, previousRoleText: previousRole }: ChangedRole): RoleChange {
  return withoutUndefined({ role, previousRole });
}
