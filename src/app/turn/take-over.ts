import type { SessionKey } from "../../domain/session/session.ts";
import type { AcceptedTurn } from "../../stores/file/turns/accepted.ts";
import type { QueuedTurn } from "../../stores/file/turns/turns.ts";
import { GenerationLock } from "../../system/locks/generation-lock.ts";
import { livenessOf } from "../../system/processes/identity.ts";
import type { Context } from "../context.ts";
import { attendInLine } from "./attendant.ts";
import { endQueued } from "./never-began.ts";
import { reachOf } from "./reach.ts";

/** What has waited longer than this is run only on request: its prompt may no longer be what anybody wants. */
const PATIENCE_MS = 86_400_000;

/**
 * How an accepted turn stands that has not begun.
 *
 * - `attended`: a process sees to it
 * - `waits`: no process does, and this one may not start one; `why` is for people
 * - `over`: its end is recorded
 */
export type Standing = { is: "attended" } | { is: "waits"; why: string } | { is: "over" };

/**
 * Looks after an accepted turn that has not begun. If its attendant is gone, another one is started where this
 * process has the same reach, so that an accepted turn is run; `isAsked` does so whatever the reach and however long
 * it has waited. A turn that was cancelled, and one whose deadline has passed, ends.
 *
 * @throws AppError when the end can't be recorded, or no attendant can be started
 */
export async function lookAfter(
  context: Context,
  turn: QueuedTurn,
  { isAsked = false }: { isAsked?: boolean } = {},
): Promise<Standing> {
  const { folder, accepted } = turn;
  if (!isForsaken(turn)) return { is: "attended" };
  if (folder.ending() !== undefined) {
    context.turns.settle(folder, accepted.turnId);
    return { is: "over" };
  }
  const why = endOf(context, turn);
  if (why !== undefined) {
    try {
      // The turn may have begun or ended since it was listed.
      if (folder.accepted() !== undefined && folder.plan() === undefined) endQueued(context, turn, why);
    } catch (error) {
      if (folder.accepted() !== undefined) throw error;
    }
    return { is: "over" };
  }
  const obstacle = isAsked ? undefined : whyNotHere(context, accepted);
  if (obstacle !== undefined) return { is: "waits", why: obstacle };
  return takeOver(context, turn);
}

/** Whether the process that was to run an accepted turn is gone. */
export function isForsaken({ folder, accepted }: QueuedTurn): boolean {
  const starter = livenessOf(accepted.caller);
  // Read after the starter's state: a starter that is gone has recorded the attendant by then.
  const attendant = folder.attendant();
  return (attendant === undefined ? starter : livenessOf(attendant)) === "gone";
}

/** Whether accepted turns of a conversation wait that nobody sees to and that came before an arrival. */
export function hasForsaken(
  queued: readonly QueuedTurn[],
  key: SessionKey,
  arrival: string,
  { boot }: Context["self"],
): boolean {
  const isBefore = ({ accepted }: QueuedTurn) => arrivalNow(accepted, boot) < arrival;
  return queued.some((turn) => isOf(turn, key) && isBefore(turn) && isForsaken(turn));
}

/** Looks after the accepted turns of a conversation, in order. */
export async function lookAfterSession(context: Context, key: SessionKey): Promise<void> {
  for (const turn of context.turns.all().queued) if (isOf(turn, key)) await lookAfter(context, turn);
}

function isOf({ accepted: { scope, sessionId } }: QueuedTurn, key: SessionKey): boolean {
  return scope.agent === key.agent && sessionId === key.sessionId;
}

/** Why a turn ends without having begun; undefined if it does not. */
function endOf(context: Context, { folder, accepted }: QueuedTurn) {
  const cancellation = folder.cancellation();
  if (cancellation !== undefined) {
    const message = `The turn was cancelled by ${cancellation.by} before it began.`;
    return { code: "cancelled" as const, message };
  }
  const { deadlineAt, v } = accepted;
  if (deadlineAt !== undefined && Date.parse(deadlineAt) <= context.now().getTime())
    return {
      code: "deadline" as const,
      message: `The deadline of ${deadlineAt} passed before the turn began.`,
    };
  // Version 0.1 may be installed beside this one, and would end the turn at any moment.
  if (v === 1) {
    const message = "The background process exited before the turn began; nothing ran.";
    return { code: "agent_failed" as const, message };
  }
  return undefined;
}

/** Why this process may not run a turn by itself; undefined if it may. */
function whyNotHere(
  context: Context,
  { acceptedAt, scope, launcher, reach }: AcceptedTurn,
): string | undefined {
  if (!context.runsWaiting) return "only commands of agent-sessions start what waits";
  if (context.now().getTime() - Date.parse(acceptedAt) > PATIENCE_MS) return "it has waited for over a day";
  if (reachOf(context, context.findAgent(scope.agent), launcher) !== reach)
    return "it was accepted with another account, or from a place that reaches other files or hosts";
  return undefined;
}

/** Starts another attendant, unless another process does. */
async function takeOver(context: Context, turn: QueuedTurn): Promise<Standing> {
  const { turnId } = turn.accepted;
  const lock = new GenerationLock(context.home.takeOverFolder(turnId));
  const release = lock.tryTake({ turnId, since: context.now().toISOString() });
  if (release === undefined) return { is: "attended" };
  try {
    const now = context.turns.unended(turnId);
    if (now === undefined) return { is: "over" };
    if ("plan" in now || !isForsaken(now)) return { is: "attended" };
    const arrival = arrivalNow(now.accepted, context.self.boot);
    const accepted: AcceptedTurn = { ...now.accepted, arrival, caller: context.self };
    now.folder.acceptAgain(accepted);
    await attendInLine(context, { folder: now.folder, accepted });
    return { is: "attended" };
  } finally {
    release();
  }
}

/**
 * Returns the place of a turn among those of this boot. Arrivals count from the boot, so what came before it gets a
 * mark that sorts before every digit.
 */
function arrivalNow({ arrival, caller }: AcceptedTurn, boot: string): string {
  return caller.boot === boot ? arrival : `!${arrival}`;
}
