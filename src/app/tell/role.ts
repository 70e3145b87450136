import { AppError } from "../../domain/errors.ts";
import { entrySince } from "../../domain/names/renames.ts";
import type { SessionKey } from "../../domain/session/session.ts";
import type { Context } from "../context.ts";
import { resolveName } from "../names/resolve.ts";
import { checkRoleLength } from "../turn/plan.ts";

export interface ChangeRoleRequest {
  name: string;
  workspace: string;
  agent?: string | undefined;
  /** Without one, the role is removed. */
  roleText: string | undefined;
}

/** The role from the next turn on, and the role until then; each is absent if there is none. */
export interface RoleChange {
  name: string;
  agent: string;
  sessionId: string;
  workspace: string;
  role?: string | undefined;
  previousRole?: string | undefined;
}

/** The role applies from the next turn that begins; a running turn keeps its own. */
export async function changeRole(context: Context, request: ChangeRoleRequest): Promise<RoleChange> {
  const { workspace, roleText } = request;
  const { scope, entry } = await resolveName(context, workspace, request.name, request.agent);
  const agent = context.findAgent(scope.agent);
  const { name, sessionId } = entry;
  const { step } = context.wording;
  if (!agent.can.changeRole) {
    throw new AppError(
      "unsupported",
      `${agent.title} can't change the role of a conversation: it keeps the first one.`,
      {
        hint: `Begin another one, with the role: ${step("create", { name: `${name}-2`, agent: agent.name, workspace })}`,
      },
    );
  }
  if (roleText !== undefined && roleText.trim() === "") {
    throw new AppError("usage", "The role is empty.", {
      hint: `Take a role away with: ${step("setRole", { name, ...scope })}`,
    });
  }
  checkRoleLength(agent, roleText);
  const changed = await changeAt(context, { agent: agent.name, sessionId }, roleText);
  // A turn may have moved the name to another conversation meanwhile, with the old role.
  const now = entrySince(await context.store.list(scope), name, sessionId);
  if (now !== undefined && now.sessionId !== sessionId)
    return changeRole(context, { ...request, name: now.name });
  if (changed === undefined) {
    throw new AppError("usage", `No turn has run in ${JSON.stringify(name)} yet.`, {
      hint: `Send it something first: ${step("send", { name, ...scope })}`,
    });
  }
  return { name, agent: agent.name, sessionId, workspace, role: roleText, ...changed };
}

/** Changes the role of one conversation; returns undefined if it has no record. */
async function changeAt(
  context: Context,
  key: SessionKey,
  roleText: string | undefined,
): Promise<Pick<RoleChange, "previousRole"> | undefined> {
  let changed: Pick<RoleChange, "previousRole"> | undefined;
  await context.store.session(key).changeRecord((record) => {
    const { roleText: before, ...others } = record;
    changed = { previousRole: before };
    if (before === roleText) return record;
    return { ...others, ...(roleText === undefined ? {} : { roleText }), isRoleChanged: true };
  });
  return changed;
}
