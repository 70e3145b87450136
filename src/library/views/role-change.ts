import type { ChangedRole } from "../../app/tell/role.ts";
import { withoutUndefined } from "../../domain/without-undefined.ts";

/** The role from the next turn on, and the role until then; each is absent if there is none. */
export interface RoleChange {
  role?: string;
  previousRole?: string;
}

export function roleChange({ roleText: role, previousRoleText: previousRole }: ChangedRole): RoleChange {
  return withoutUndefined({ role, previousRole });
}
