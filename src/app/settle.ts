import { AppError } from "../domain/errors.ts";
import { isSameScope, type NameScope } from "../domain/name.ts";
import type { OpenTurn, TurnPlan } from "../stores/turns.ts";
import type { Context } from "./context.ts";
import { finishTurn } from "./finish-turn.ts";
import { collectLater } from "./gc/collect-later.ts";
import { giveUpName, isReservedBy, publishName } from "./publish.ts";
import { readSpool } from "./read-spool.ts";
import { type Liveness, turnLiveness } from "./turn-liveness.ts";

/** A turn whose end is not written down: somebody works on it, or it could not be settled. */
export interface RunningTurn extends OpenTurn {
  liveness: Exclude<Liveness, "nobody"> | "unsettled";
  /** Why it could not be settled. */
  problem?: AppError;
}

/** Settles the turns of a scope and returns those that still run. */
export function settleScope(context: Context, scope: NameScope): Promise<RunningTurn[]> {
  return settleTurns(context, (plan) => isSameScope(plan.scope, scope));
}

/** Settles the turns of a conversation, whatever name they were sent to, and returns those that still run. */
export async function settleSession(
  context: Context,
  agent: string,
  sessionId: string,
): Promise<RunningTurn[]> {
  const isConcerned = (plan: TurnPlan) =>
    plan.scope.agent === agent && (plan.kind === "create" || plan.sessionId === sessionId);
  return (await settleTurns(context, isConcerned)).filter((turn) => sessionIdOf(turn) === sessionId);
}

/** The conversation that a turn belongs to, as far as it is known. */
export function sessionIdOf({ folder, plan }: OpenTurn): string | undefined {
  return plan.kind === "create" ? folder.publication()?.sessionId : plan.sessionId;
}

/**
 * Brings turns up to date: writes down the end of those that nobody works on any more, and publishes names
 * whose conversation has told its id. A turn that can't be settled now, because a disk is full, concerns
 * those who need its conversation and nobody else.
 */
async function settleTurns(
  context: Context,
  isConcerned: (plan: TurnPlan) => boolean,
): Promise<RunningTurn[]> {
  const running: RunningTurn[] = [];
  for (const turn of context.turns.open()) {
    if (!isConcerned(turn.plan)) continue;
    try {
      const liveness = turnLiveness(turn, context.findAgent(turn.plan.scope.agent));
      if (liveness === "agent" || liveness === "nobody") await publishLate(context, turn);
      if (liveness === "nobody") await settle(context, turn);
      else running.push({ ...turn, liveness });
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      running.push({ ...turn, liveness: "unsettled", problem: error });
    }
  }
  collectLater(context);
  return running;
}

/** Publishes the name of a create whose command died before it could. */
async function publishLate(context: Context, turn: OpenTurn): Promise<void> {
  const { plan, folder } = turn;
  if (plan.kind !== "create" || !isReservedBy(await context.store.list(plan.scope), plan)) return;
  const folded = readSpool(context.findAgent(plan.scope.agent), folder.stdoutPath);
  const sessionId = folded.sessionId ?? folded.end?.sessionId;
  if (sessionId !== undefined) await publishName(context, turn, sessionId);
}

async function settle(context: Context, turn: OpenTurn): Promise<void> {
  const { plan, folder } = turn;
  const agent = context.findAgent(plan.scope.agent);
  const sessionId = sessionIdOf(turn);
  if (sessionId === undefined) {
    // Another command may have moved the folder away since it was listed; then there is nothing to tell.
    if (folder.plan() === undefined) return;
    await giveUpName(context, plan);
    if (!context.turns.settle(folder, plan.turnId)) return;
    context.notify(
      `The creation of ${JSON.stringify(plan.name)} was cut off before its conversation began; nothing was kept.`,
    );
    return;
  }
  const held = await context.store.session({ agent: agent.name, sessionId }).lock.tryTake(plan.turnId);
  // Another command is at it.
  if (held === undefined) return;
  try {
    if (folder.plan() === undefined) return;
    const folded = readSpool(agent, folder.stdoutPath);
    await finishTurn(context, agent, turn, { folded, exit: undefined });
    context.turns.settle(folder, plan.turnId);
  } finally {
    await held.release();
  }
}
