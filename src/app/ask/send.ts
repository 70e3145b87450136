import { refuseOverBudgetToAgents } from "../budget/check.ts";
import type { Context } from "../context.ts";
import { withDeadline } from "../turn/running/deadline.ts";
import type { Asker } from "./askers/asker.ts";
import { sendOrFresh } from "./or-fresh.ts";
import { sendOrBegin } from "./send-or-begin.ts";
import type { SendRequest } from "./send-request.ts";

/**
 * Sends a prompt to the conversation that a name points at when the turn gets its lock.
 *
 * @throws AppError `no_such_name`, `ambiguous_name`, `busy`, `own_conversation`, `conversation_lost`,
 * `conversation_changed`, `over_budget`, `deadline` when that passed before the turn could begin, and what `checkTurn`
 * throws; in the background, as far as this can be known before the turn begins. A turn that failed is a
 * result, not an exception.
 */
export function send<T>(context: Context, request: SendRequest, runner: Asker<T>): Promise<T> {
  return withDeadline(context, request, runner.signal, (asked, signal) => {
    refuseOverBudgetToAgents(context, asked);
    const { mode } = asked;
    if (mode.kind === "or-fork" || mode.kind === "or-create")
      return sendOrBegin(context, asked, mode, runner, signal);
    if (mode.kind === "or-fresh") return sendOrFresh(context, asked, runner, signal);
    return runner.send(context, asked, signal);
  });
}
