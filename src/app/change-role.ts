import { AppError } from "../domain/errors.ts";
import { quoteWord } from "../domain/posix-words.ts";
import type { Context } from "./context.ts";
import { checkRoleLength } from "./plan-turn.ts";
import { resolveName } from "./resolve-name.ts";

export interface ChangeRoleRequest {
  name: string;
  workspace: string;
  /** Needed only where two agents own the name. */
  agent?: string | undefined;
  /** Without one, the role is taken away. */
  roleText: string | undefined;
}

export interface ChangedRole {
  name: string;
  agent: string;
  sessionId: string;
  roleText?: string;
  /** The role until now; absent where there was none. */
  previousRoleText?: string;
}

/**
 * Gives a conversation another role. It holds from the next turn that begins; a turn that runs keeps the one it has.
 *
 * @throws AppError `no_such_name`, `ambiguous_name`; `usage` for an empty role and one that is too long;
 * `unsupported` where the agent can't change it and where no turn of ours has run.
 */
export async function changeRole(context: Context, request: ChangeRoleRequest): Promise<ChangedRole> {
  const { workspace, roleText } = request;
  const { scope, entry } = await resolveName(context, workspace, request.name, request.agent);
  const agent = context.findAgent(scope.agent);
  const { name, sessionId } = entry;
  if (agent.roleChange === undefined) {
    throw new AppError("unsupported", `${agent.title} keeps the role that a conversation began with.`, {
      hint: `Begin another one: agent-sessions create ${quoteWord(`${name}-2`)} --agent ${agent.name} --role FILE`,
    });
  }
  if (roleText !== undefined && roleText.trim() === "") {
    throw new AppError("usage", "The role is empty.", {
      hint: `Take a role away with: agent-sessions role set ${quoteWord(name)} --none`,
    });
  }
  checkRoleLength(agent, roleText);
  const session = context.store.session({ agent: agent.name, sessionId });
  let previous: string | undefined;
  let isKept = false;
  await session.changeRecord((record) => {
    isKept = true;
    previous = record.roleText;
    if (previous === roleText) return record;
    const { roleText: _, ...others } = record;
    return { ...others, ...(roleText === undefined ? {} : { roleText }), isRoleChanged: true };
  });
  if (!isKept) {
    throw new AppError("usage", `No turn of ours has run in ${JSON.stringify(name)} yet.`, {
      hint: `Send it something first: agent-sessions send ${quoteWord(name)} '…'`,
    });
  }
  return {
    name,
    agent: agent.name,
    sessionId,
    ...(roleText === undefined ? {} : { roleText }),
    ...(previous === undefined ? {} : { previousRoleText: previous }),
  };
}
