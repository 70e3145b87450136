import type { Budget } from "../../domain/budget/budget.ts";
import { AppError } from "../../domain/errors.ts";
import type { Context } from "../context.ts";
import { readyParent } from "../conversation/parent.ts";
import { resolveName } from "../names/resolve.ts";
import type { TurnOptions } from "../turn/plan.ts";
import { settingsFrom } from "../turn/remembered.ts";
import type { Asker } from "./askers/asker.ts";
import { type Created, type CreateRequest, create } from "./create.ts";
import type { RequestId } from "./request-id.ts";

export interface ForkRequest extends TurnOptions {
  /** The conversation to fork, the parent. It does not change. */
  from: string;
  /** The name of the fork. */
  name: string;
  /** Absolute, with symbolic links resolved. */
  workspace: string;
  /** Needed only where two agents own the parent's name. */
  agent?: string | undefined;
  /** Without one, the smallest possible first turn is made where the agent forks only with a prompt. */
  prompt?: string | undefined;
  /** As for `create`. */
  request?: RequestId | undefined;
  /** How much the fork may use. Default: it has no budget, whatever its parent has. */
  budget?: Budget | undefined;
  keepWarmMs?: number | undefined;
}

/**
 * Starts a conversation that begins with the history of another, and names it. The fork has the settings that
 * the parent's name remembers.
 *
 * @throws AppError `no_such_name` and `ambiguous_name` for the parent's name, `unsupported` where the agent
 * can't fork, `conversation_lost`, and what `create` throws. A turn that failed is a result, not an
 * exception.
 */
export async function fork<T>(context: Context, request: ForkRequest, runner: Asker<T>): Promise<Created<T>> {
  return create(context, await planFork(context, request), runner);
}

/** Returns the create that makes the fork. */
export async function planFork(context: Context, request: ForkRequest): Promise<CreateRequest> {
  const { from, workspace, name, ...options } = request;
  const { scope, entry } = await resolveName(context, workspace, from, request.agent);
  const agent = context.findAgent(scope.agent);
  if (agent.can.fork === false) {
    throw new AppError("unsupported", `${agent.title} can't fork a conversation.`, {
      hint: `Create another one, and tell it what it has to know. See what each agent can do with: ${context.wording.step("agents")}`,
    });
  }
  const record = await context.store.session({ agent: agent.name, sessionId: entry.sessionId }).record();
  // Checked before there is a turn, to report a problem of the parent early.
  if (context.line === undefined)
    await readyParent(context, { agent: agent.name, sessionId: entry.sessionId }, from);
  return {
    ...options,
    name,
    agent: agent.name,
    workspace,
    begins: { continuity: "forked", forkOf: entry.sessionId },
    ...settingsFrom(context, agent, request, { entry, access: record?.access }),
    roleText: record?.roleText,
    isRoleChanged: record?.isRoleChanged,
    prompt:
      request.prompt ??
      `This conversation is a fork named ${JSON.stringify(name)} from here on. Reply with OK and nothing else.`,
  };
}
