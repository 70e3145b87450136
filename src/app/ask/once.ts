import type { Agent } from "../../domain/agent/agent.ts";
import { requireFolder } from "../../system/places/workspace.ts";
import type { Context } from "../context.ts";
import type { TurnResult } from "../turn/ending/result.ts";
import { beginTurn, checkBeginning, checkTurn, type PlannedTurn, type TurnOptions } from "../turn/plan.ts";
import { startDeadline } from "../turn/running/deadline.ts";
import type { TurnListener } from "../turn/running/listener.ts";
import { runTurn } from "../turn/running/run.ts";
import { newTicket } from "../turn/ticket.ts";
import { runFirstTurn } from "./first-turn.ts";

export interface OnceRequest extends TurnOptions {
  agent: string;
  /** Absolute, with symbolic links resolved. */
  workspace: string;
  prompt: string;
  roleText?: string | undefined;
  /** Whether the conversation is kept, without a name, to be continued by its id. */
  isResumable?: boolean | undefined;
}

/**
 * Runs one turn without a name. Unless `isResumable` is set, it leaves no conversation: the agent keeps none,
 * if it can forget, and we keep only the usage.
 *
 * @throws AppError what `checkTurn` and `runTurn` throw. A turn that failed is a result, not an exception.
 */
export async function once(
  context: Context,
  request: OnceRequest,
  listener: TurnListener,
): Promise<TurnResult> {
  const { workspace, prompt, roleText, isResumable } = request;
  const agent = context.findAgent(request.agent);
  requireFolder(workspace);
  checkBeginning(agent, prompt);
  const launcher = await checkTurn(context, agent, prompt, roleText, request);
  if (!agent.can.forget && !isResumable)
    context.notify(`${agent.title} can't forget a conversation: it keeps this one for itself.`);
  const deadline = startDeadline(context, { ...request, signal: listener.signal });
  try {
    const turn = beginTurn(
      context,
      agent,
      newTicket(context, deadline?.at),
      {
        ...(isResumable ? newConversation(context, agent) : { kind: "once" as const }),
        scope: { workspace, agent: agent.name },
        cwd: workspace,
        continuity: "new",
        ...(roleText === undefined ? {} : { roleText }),
      },
      prompt,
      launcher,
      request,
    );
    const signal = deadline === undefined ? {} : { signal: deadline.signal };
    const heard = { ...listener, ...signal };
    return await (isResumable ? runFirstTurn(context, turn, heard) : runTurn(context, agent, turn, heard));
  } finally {
    deadline?.stop();
  }
}

function newConversation(context: Context, agent: Agent): Pick<PlannedTurn, "kind" | "sessionId"> {
  return { kind: "create", ...(agent.can.chooseId ? { sessionId: context.newUuid() } : {}) };
}
