import type { NameScope } from "../domain/name.ts";
import type { TurnFolder, TurnPlan } from "../stores/turns.ts";
import type { Context } from "./context.ts";
import { finishTurn } from "./finish-turn.ts";
import { giveUpName, publishName } from "./publish.ts";
import { readSpool } from "./read-spool.ts";
import { turnLiveness } from "./turn-liveness.ts";

interface Unsettled {
  folder: TurnFolder;
  plan: TurnPlan;
}

/** A turn whose end is not written down, and which somebody still works on. */
export interface RunningTurn extends Unsettled {
  liveness: "caller" | "agent";
}

/**
 * Brings the turns of a workspace up to date: writes down the end of those that nobody works on any more,
 * publishes names whose conversation has told its id, and returns the turns that still run.
 */
export async function settlePending(context: Context, scope: NameScope): Promise<RunningTurn[]> {
  const running: RunningTurn[] = [];
  for (const turn of context.turns.unsettled()) {
    if (turn.plan.agent !== scope.agent || turn.plan.workspace !== scope.workspace) continue;
    const liveness = await settleTurn(context, turn);
    if (liveness !== undefined) running.push({ ...turn, liveness });
  }
  return running;
}

/** The conversation that a turn belongs to, as far as it is known. */
export function sessionIdOf({ folder, plan }: Unsettled): string | undefined {
  return plan.kind === "create" ? folder.publishedSessionId() : plan.sessionId;
}

/** Settles one turn if nobody works on it; returns who does otherwise. */
async function settleTurn(context: Context, turn: Unsettled): Promise<"caller" | "agent" | undefined> {
  const { folder, plan } = turn;
  const agent = context.findAgent(plan.agent);
  const liveness = turnLiveness(folder, plan, agent);
  if (liveness === "caller") return liveness;
  const isUnnamed = plan.kind === "create" && folder.publishedSessionId() === undefined;
  if (liveness === "agent" && !isUnnamed) return liveness;

  const folded = readSpool(agent, folder.stdoutPath);
  if (isUnnamed) {
    const sessionId = folded.sessionId ?? folded.end?.sessionId;
    if (sessionId !== undefined) {
      await publishName(context, folder, plan, sessionId);
    } else if (liveness === "nobody") {
      await giveUpName(context, plan);
      context.turns.settle(folder, plan.turnId);
      context.notify(
        `The creation of ${JSON.stringify(plan.name)} was cut off before its conversation began; nothing was kept.`,
      );
      return undefined;
    }
  }
  if (liveness === "agent") return liveness;

  const sessionId = sessionIdOf(turn);
  if (sessionId === undefined) return undefined;
  const { lock } = context.store.session({ agent: agent.name, sessionId });
  const held = await lock.tryTake(plan.turnId);
  // Another command is at it, or a later turn already runs; either will have settled this one.
  if (held === undefined) return undefined;
  try {
    if (folder.plan() !== undefined) {
      await finishTurn(context, agent, folder, plan, { folded, exit: undefined });
      context.turns.settle(folder, plan.turnId);
    }
  } finally {
    await held.release();
  }
  return undefined;
}
