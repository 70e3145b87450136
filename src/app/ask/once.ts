import type { Agent } from "../../domain/agent/agent.ts";
import type { PlannedCreate } from "../../stores/file/turns/plan.ts";
import { requireFolder } from "../../system/places/workspace.ts";
import type { Context } from "../context.ts";
import { refuseOnLine } from "../only-here.ts";
import type { TurnResult } from "../turn/ending/result.ts";
import { beginTurn, checkBeginning, checkTurn, type TurnOptions } from "../turn/plan.ts";
import { settingsFor } from "../turn/remembered.ts";
import { withDeadline } from "../turn/running/deadline.ts";
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
  given: OnceRequest,
  listener: TurnListener,
): Promise<TurnResult> {
  const { workspace, prompt, roleText, isResumable } = given;
  if (isResumable) refuseOnLine(context, "A conversation without a name");
  const agent = context.chooseAgent(given.agent);
  const request = { ...given, ...settingsFor(context, agent, given, {}) };
  requireFolder(workspace);
  checkBeginning(agent, prompt);
  const launcher = await checkTurn(context, agent, request, true);
  if (!agent.can.forget && !isResumable)
    context.notify(`${agent.title} can't forget a conversation: it keeps the conversation of this turn.`);
  return withDeadline(context, request, listener.signal, (asked, signal) => {
    const turn = beginTurn(
      context,
      newTicket(context, asked.deadlineAt),
      {
        ...(isResumable ? newConversation(context, agent) : { kind: "once", continuity: "new" }),
        scope: { workspace, agent: agent.name },
        cwd: workspace,
        roleText,
      },
      { ...request, launcher },
    );
    const heard = { ...listener, signal };
    return isResumable ? runFirstTurn(context, turn, heard) : runTurn(context, turn, heard);
  });
}

function newConversation(context: Context, agent: Agent): PlannedCreate {
  const sessionId = agent.can.chooseId ? context.newUuid() : undefined;
  return { kind: "create", continuity: "new", sessionId };
}
