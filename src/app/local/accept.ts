import type { TurnOrder } from "../../domain/runner.ts";
import type { AcceptedTurn } from "../../stores/file/turns/accepted.ts";
import type { Context } from "../context.ts";
import { requireProgram } from "../turn/waiting/attendant.ts";
import { acceptFirst } from "../turn/waiting/first-turns.ts";
import { keepInLine } from "../turn/waiting/keeper.ts";
import { reachOf } from "../turn/waiting/reach.ts";

/** Writes a turn down and gives it to the keeper of its conversation; a first turn has a process of its own. */
export async function accept(context: Context, order: TurnOrder): Promise<void> {
  requireProgram(context);
  const { turnId, workspace: cwd } = order;
  if (order.kind === "first") return acceptFirst(context, turnId);
  const { kind, workspace, prompt, launcher, agentArgs = [], ...asked } = order;
  const accepted: AcceptedTurn = {
    ...asked,
    v: 2,
    cwd,
    acceptedAt: context.now().toISOString(),
    caller: context.self(),
    reach: reachOf(context, context.findAgent(asked.scope.agent), launcher),
    launcher: [...launcher],
    agentArgs: [...agentArgs],
  };
  const folder = context.turns.accept(accepted, prompt);
  try {
    await keepInLine(context, { folder, accepted });
  } catch (error) {
    // The caller is told that it was not accepted, so nobody may run it later.
    context.turns.withdraw(folder);
    throw error;
  }
}
