import type { TurnFailure } from "../../../domain/turn/turn.ts";
import { hasBegun, type OpenTurn } from "../../../stores/file/turns/turns.ts";
import { GenerationLock } from "../../../system/locks/generation-lock.ts";
import { requireFolder } from "../../../system/places/workspace.ts";
import type { Context } from "../../context.ts";
import { turnLiveness } from "../running/liveness.ts";
import { startAttendant } from "./attendant.ts";
import { isTooSoon, obstacleTo } from "./obstacle.ts";
import { reachOf } from "./reach.ts";

/**
 * How the accepted first turn of a conversation stands whose process is gone and whose agent was not started.
 *
 * - `attended`: another process sees to it
 * - `waits`: no process does, and this one may not start one; `why` is for people
 * - `ends`: it can't begin any more; `failure` says why, if no cancellation does
 */
export type FirstStanding =
  | { is: "attended" }
  | { is: "waits"; why: string }
  | { is: "ends"; failure?: TurnFailure };

/** Gives the first turn of a conversation, whose name is reserved, to a process of its own. */
export async function acceptFirst(context: Context, turnId: string): Promise<void> {
  const turn = context.turns.unended(turnId);
  if (hasBegun(turn)) await startFor(context, turn, 0);
}

/** Whether a turn without a process is an accepted first turn of which nothing has run. */
export function isUnbegunFirst({ folder, plan }: OpenTurn): boolean {
  const isAccepted = plan.accepted !== undefined && folder.attendant() !== undefined;
  return plan.kind === "create" && isAccepted && !folder.mayHaveRun() && !folder.isLeft();
}

/**
 * Starts another process for such a turn where this process has the same reach; `isAsked` does so whatever the reach and
 * however long it has waited. Its name stays reserved for it meanwhile.
 *
 * @throws AppError when no process can be started
 */
export async function lookAfterFirst(
  context: Context,
  { folder, plan }: OpenTurn,
  { isAsked = false }: { isAsked?: boolean } = {},
): Promise<FirstStanding> {
  const { turnId, accepted, deadlineAt, startedAt, scope, cwd } = plan;
  if (accepted === undefined || folder.cancellation() !== undefined) return { is: "ends" };
  if (deadlineAt !== undefined && Date.parse(deadlineAt) <= context.now().getTime()) {
    const message = `The deadline of ${deadlineAt} passed before the turn began.`;
    return { is: "ends", failure: { code: "deadline", message } };
  }
  if (isAsked) requireFolder(cwd);
  else {
    const { reach, starts, lastAt } = accepted;
    const asked = { acceptedAt: startedAt, agent: scope.agent, launcher: launcherOf(plan), reach, cwd };
    const obstacle = obstacleTo(context, asked, starts);
    if (obstacle !== undefined) return { is: "waits", why: obstacle };
    if (isTooSoon(context, { count: starts, lastMs: Date.parse(lastAt) })) return { is: "attended" };
  }
  const lock = new GenerationLock(context.home.takeOverFolder(turnId));
  const release = lock.tryTake({ turnId, since: context.now().toISOString() });
  if (release === undefined) return { is: "attended" };
  try {
    const now = context.turns.unended(turnId);
    if (now === undefined || !hasBegun(now)) return { is: "ends" };
    const isFree = turnLiveness(now, context.findAgent(scope.agent)) === "nobody" && isUnbegunFirst(now);
    if (isFree) await startFor(context, now, isAsked ? 0 : accepted.starts);
    return { is: "attended" };
  } finally {
    release();
  }
}

/** Puts this process on record as who starts the turn's process, then starts it. */
async function startFor(context: Context, { folder, plan }: OpenTurn, startsBefore: number): Promise<void> {
  const { turnId, cwd, scope, arrival, caller } = plan;
  const reach = plan.accepted?.reach ?? reachOf(context, context.findAgent(scope.agent), launcherOf(plan));
  // A gate that nobody has opened.
  if (folder.agentProcess() !== undefined) folder.forgetAgent();
  folder.amendPlan({
    caller: context.self(),
    // Arrivals count from the boot of the machine.
    arrival: caller.boot === context.self().boot ? arrival : undefined,
    accepted: { reach, starts: startsBefore + 1, lastAt: context.now().toISOString() },
  });
  folder.saveAttendant(await startAttendant(context, turnId, cwd, folder));
}

function launcherOf({ command }: OpenTurn["plan"]): string[] {
  return [command.file];
}
