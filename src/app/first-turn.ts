import { AppError } from "../domain/errors.ts";
import type { HeldLock } from "../domain/store.ts";
import type { OpenTurn } from "../stores/turns.ts";
import type { Context } from "./context.ts";
import { giveUpName, publishName } from "./publish.ts";
import { runTurn, type TurnListener } from "./run-turn.ts";
import { takeSession } from "./take-session.ts";
import type { TurnResult } from "./turn-result.ts";

/** Runs the turn of a create whose name is reserved, and publishes the name as soon as there is an id. */
export async function runFirstTurn(
  context: Context,
  turn: OpenTurn,
  listener: TurnListener,
): Promise<TurnResult> {
  const { plan, folder } = turn;
  const agent = context.findAgent(plan.scope.agent);
  let held: HeldLock | undefined;
  let trunk: HeldLock | undefined;
  try {
    trunk = await takeTrunk(context, turn, listener.signal);
    const result = await runTurn(context, agent, turn, {
      ...listener,
      onSessionId: async (sessionId) => {
        // The agent has read the history.
        await trunk?.release();
        trunk = undefined;
        // An id that was not asked for is another conversation; the end of the turn says so.
        if (plan.sessionId !== undefined && sessionId !== plan.sessionId) return;
        held = await context.store.session({ agent: agent.name, sessionId }).lock.tryTake(plan.turnId);
        if (held === undefined)
          throw new AppError("busy", `Conversation ${sessionId} is in use by another turn.`);
        await publishName(context, turn, sessionId);
        await listener.onSessionId?.(sessionId);
      },
    });
    if (result.sessionId === undefined) await giveUpName(context, plan);
    return result;
  } catch (error) {
    if (folder.agentProcess() === undefined) context.turns.remove(folder);
    if (folder.plan() === undefined) await giveUpName(context, plan);
    throw error;
  } finally {
    await held?.release();
    await trunk?.release();
  }
}

/** Keeps the conversation that is forked still while its history is read. */
async function takeTrunk(
  context: Context,
  { plan }: OpenTurn,
  signal: AbortSignal | undefined,
): Promise<HeldLock | undefined> {
  const { forkOf, scope, turnId, calledBy = "", deadlineAt } = plan;
  if (forkOf === undefined) return undefined;
  const ticket = { turnId, arrival: context.newArrival(), calledBy, deadlineAt };
  const key = { agent: scope.agent, sessionId: forkOf };
  return takeSession(context, {
    key,
    label: forkOf,
    workspace: scope.workspace,
    ticket,
    ifBusy: "wait",
    signal,
  });
}
