import { AppError } from "../../domain/errors.ts";
import { refuseOverBudgetToAgents } from "../budget/check.ts";
import type { Context } from "../context.ts";
import { wholeSessionId } from "../conversation/whole-id.ts";
import { refuseOnLine } from "../only-here.ts";
import type { TurnResult } from "../turn/ending/result.ts";
import { settingsFor } from "../turn/remembered.ts";
import { withDeadline } from "../turn/running/deadline.ts";
import type { TurnListener } from "../turn/running/listener.ts";
import { newTicket } from "../turn/ticket.ts";
import { continueSession } from "./continue.ts";
import type { SendOptions } from "./send-request.ts";
import { accessOf } from "./send-when-free.ts";

export interface ResumeIdRequest extends Omit<SendOptions, "isRetry"> {
  agent: string;
  /** The agent's own id of the conversation, or its beginning. */
  sessionId: string;
  /** Absolute, with symbolic links resolved. */
  workspace: string;
}

/**
 * Runs one turn in a conversation that is given by its id and needs no name.
 *
 * @throws AppError as `send` does, except those about names. A turn that failed is a result, not an
 * exception.
 */
export async function resumeId(
  context: Context,
  request: ResumeIdRequest,
  listener: TurnListener,
): Promise<TurnResult> {
  refuseOnLine(context, "A conversation without a name");
  const { agent, workspace } = request;
  refuseOverBudgetToAgents(context, request);
  const hint = `Begin another one, and tell it what it has to know: ${context.wording.step("once", { resumable: true, agent, workspace })}`;
  return withDeadline(context, request, listener.signal, async (given, signal) => {
    const sessionId = await wholeSessionId(context, [context.chooseAgent(agent)], given.sessionId);
    const asked = { ...given, sessionId };
    try {
      await context.runner.refresh({ agent, sessionId });
      const ticket = newTicket(context, asked.deadlineAt);
      const remembered = await accessOf(context, context.store.session({ agent, sessionId }));
      const settings = settingsFor(context, context.findAgent(agent), asked, {
        access: remembered,
        isNameless: true,
      });
      const result = await continueSession(
        context,
        { ...asked, ...settings, scope: { workspace, agent }, cwd: workspace, ticket },
        { ...listener, signal },
      );
      const { failure } = result;
      return failure?.code === "conversation_lost" ? { ...result, failure: { ...failure, hint } } : result;
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== "conversation_lost") throw error;
      throw new AppError(error.code, error.message, { hint, facts: error.facts, cause: error });
    }
  });
}
