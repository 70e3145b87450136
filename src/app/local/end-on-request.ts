import type { Cancellation } from "../../domain/turn/cancellation.ts";
import { hasBegun } from "../../stores/file/turns/turns.ts";
import { nextChange } from "../../system/lines/next-change.ts";
import { livenessOf } from "../../system/processes/identity.ts";
import type { Context } from "../context.ts";
import { endAgent } from "../turn/running/stop.ts";

/** How long an attendant may take to end its agent: the agent's grace period, plus 1 s. */
const ATTENDED_MS = 4_000;
const LOOK_MS = 100;

/** Ends the agent of a turn, or leaves that to the turn's attendant. Resolves when its processes are gone. */
export async function endOnRequest(context: Context, turnId: string, by: Cancellation): Promise<void> {
  const turn = context.turns.unended(turnId);
  if (turn === undefined) return;
  const { folder } = turn;
  // Written before the process is looked up: the command that starts the agent records the process first,
  // then reads the cancellation.
  try {
    folder.saveCancellation(by);
  } catch (error) {
    // Ignored if the turn has just ended by itself and its folder has moved.
    if (context.turns.unended(turnId) !== undefined) throw error;
  }
  // An attendant polls for the cancellation and ends the agent itself; so does who keeps an agent for other turns, too.
  const host = hasBegun(turn) && folder.spool().isShared ? turn.plan.caller : undefined;
  const attendant = folder.attendant() ?? host;
  const isAttended = attendant !== undefined && livenessOf(attendant) === "alive";
  if (isAttended && (await hasEndedWithin(context, turnId, ATTENDED_MS))) return;
  if (context.turns.unended(turnId) === undefined) return;
  const leader = folder.agentProcess();
  const { scope } = hasBegun(turn) ? turn.plan : turn.accepted;
  if (leader !== undefined) await endAgent(context, context.findAgent(scope.agent), turnId, leader);
}

async function hasEndedWithin(context: Context, turnId: string, limitMs: number): Promise<boolean> {
  const startedMs = performance.now();
  for (;;) {
    if (context.turns.unended(turnId) === undefined) return true;
    if (performance.now() - startedMs > limitMs) return false;
    await nextChange(context.turns.find(turnId).path, LOOK_MS);
  }
}
