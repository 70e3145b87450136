import { AppError } from "../../../domain/errors.ts";
import type { SessionKey } from "../../../domain/session/session.ts";
import { endBy } from "../../../domain/turn/cancellation.ts";
import type { AcceptedTurn } from "../../../stores/file/turns/accepted.ts";
import type { QueuedTurn } from "../../../stores/file/turns/turns.ts";
import { GenerationLock } from "../../../system/locks/generation-lock.ts";
import { requireFolder } from "../../../system/places/workspace.ts";
import { livenessOf, type ProcessIdentity } from "../../../system/processes/identity.ts";
import type { Context } from "../../context.ts";
import { putAside } from "../ending/put-aside.ts";
import { asTurnResult } from "../ending/result.ts";
import { failedStarts, keepInLine } from "./keeper.ts";
import { endQueued } from "./never-began.ts";
import { isTooSoon, obstacleTo } from "./obstacle.ts";

/**
 * How an accepted turn stands that has not begun.
 *
 * - `attended`: a process sees to it
 * - `waits`: no process does, and this one may not start one; `why` is for people
 * - `over`: its end is recorded
 */
export type Standing = { is: "attended" } | { is: "waits"; why: string; problem?: AppError } | { is: "over" };

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
  const result = asTurnResult(folder.ending());
  if (result !== undefined) {
    await putAside(context, { folder, onEnd: accepted.onEnd }, result, {
      where: "settled",
      hasRunHere: false,
    });
    return { is: "over" };
  }
  if (endOf(context, turn) !== undefined) return end(context, turn);
  if (isAsked) requireFolder(accepted.cwd);
  else {
    const { scope, sessionId, acceptedAt, launcher, reach, cwd } = accepted;
    const failed = failedStarts(context, { agent: scope.agent, sessionId });
    const obstacle = obstacleTo(
      context,
      { acceptedAt, agent: scope.agent, launcher, reach, cwd },
      failed.count,
    );
    if (obstacle !== undefined) return { is: "waits", why: obstacle };
    if (isTooSoon(context, failed)) return { is: "attended" };
  }
  return takeOver(context, turn, isAsked);
}

/** Does the same; a turn that can't be looked after now is left to a later command. */
export async function standingOf(context: Context, turn: QueuedTurn): Promise<Standing> {
  try {
    return await lookAfter(context, turn);
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return { is: "waits", why: error.message, problem: error };
  }
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
  { boot }: ProcessIdentity,
): boolean {
  const isBefore = ({ accepted }: QueuedTurn) => arrivalNow(accepted, boot) < arrival;
  return queued.some((turn) => isOf(turn, key) && isBefore(turn) && isForsaken(turn));
}

/**
 * Looks after the accepted turns of a conversation, in order. Returns whether a turn that came before `arrival` is seen
 * to from now on: it may have no place in the queue yet.
 */
export async function lookAfterSession(context: Context, key: SessionKey, arrival: string): Promise<boolean> {
  let isSeenTo = false;
  for (const turn of context.turns.all().queued) {
    if (!isOf(turn, key)) continue;
    const isBefore = arrivalNow(turn.accepted, context.self().boot) < arrival;
    const standing = await standingOf(context, turn);
    if (isBefore && standing.is === "attended") isSeenTo = true;
  }
  return isSeenTo;
}

function isOf({ accepted: { scope, sessionId } }: QueuedTurn, key: SessionKey): boolean {
  return scope.agent === key.agent && sessionId === key.sessionId;
}

/** Why a turn ends without having begun; undefined if it does not. */
function endOf(context: Context, { folder, accepted }: QueuedTurn) {
  const cancellation = folder.cancellation();
  if (cancellation !== undefined) return endBy(cancellation, false);
  const { deadlineAt, v } = accepted;
  if (deadlineAt !== undefined && Date.parse(deadlineAt) <= context.now().getTime())
    return {
      code: "deadline" as const,
      message: `The deadline of ${deadlineAt} passed before the turn began.`,
    };
  // Its command was cut off before it had told anybody that the turn is accepted. Version 0.1 may be installed
  // beside this one, and would end its own turns at any moment.
  if (v === 1 || folder.attendant() === undefined) {
    const message = "The background process exited before the turn began; nothing ran.";
    return { code: "agent_failed" as const, message };
  }
  return undefined;
}

/** Ends a turn that can't begin any more, unless another process sees to it. */
function end(context: Context, { accepted: { turnId } }: QueuedTurn): Promise<Standing> {
  return lockedFor(context, turnId, async (now) => {
    const why = endOf(context, now);
    if (why === undefined) return { is: "attended" };
    await endQueued(context, now, why);
    return { is: "over" };
  });
}

/** Gives the turn to another keeper, unless another process does. */
function takeOver(
  context: Context,
  { accepted: { turnId } }: QueuedTurn,
  isAsked: boolean,
): Promise<Standing> {
  return lockedFor(context, turnId, async ({ folder, accepted: before }) => {
    const accepted = { ...before, arrival: arrivalNow(before, context.self().boot) };
    if (accepted.arrival !== before.arrival) folder.acceptAgain(accepted);
    await keepInLine(context, { folder, accepted }, { forgivesFailures: isAsked });
    return { is: "attended" };
  });
}

/** Runs `work` with a forsaken turn as it is now, while no other process does anything to it. */
async function lockedFor(
  context: Context,
  turnId: string,
  work: (now: QueuedTurn) => Promise<Standing>,
): Promise<Standing> {
  const lock = new GenerationLock(context.home.takeOverFolder(turnId));
  const release = lock.tryTake({ turnId, since: context.now().toISOString() });
  if (release === undefined) return { is: "attended" };
  try {
    const now = context.turns.unended(turnId);
    if (now === undefined) return { is: "over" };
    if ("plan" in now || !isForsaken(now)) return { is: "attended" };
    return await work(now);
  } finally {
    release();
  }
}

/**
 * Returns the place of a turn among those of this boot. Arrivals count from the boot, so what came before it gets a
 * mark that sorts before every digit, and is ordered by the clock.
 */
function arrivalNow({ arrival, caller, acceptedAt }: AcceptedTurn, boot: string): string {
  const isMarked = arrival.startsWith("!");
  return isMarked || caller.boot === boot ? arrival : `!${acceptedAt.replace(/\D/g, "")}${arrival}`;
}
