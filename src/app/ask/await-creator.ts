import { AppError } from "../../domain/errors.ts";
import type { NameScope } from "../../domain/names/name.ts";
import type { UnendedTurn } from "../../domain/runner.ts";
import type { Context } from "../context.ts";
import { endedInLine } from "../turn/acquire.ts";
import { OwnWait } from "../turn/own-wait.ts";

/** How often the turn that creates a name is polled, where the kernel reports no changes. */
const LOOK_MS = 100;

/**
 * Waits while a running turn is creating the conversation of a name: until the conversation has the name, or
 * the reservation is deleted.
 *
 * @throws AppError `own_conversation` where that turn can only end after this command; `busy` where no process runs it;
 * the signal's reason
 */
export async function awaitCreator(
  context: Context,
  scope: NameScope,
  name: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  const creator = async () => (await context.store.list(scope)).reserved.get(name);
  const turnId = await creator();
  if (turnId === undefined) return;
  const own = new OwnWait(context, { turnId }, name);
  try {
    for (;;) {
      if (signal?.aborted) throw endedInLine(signal.reason, name);
      const turn = await context.runner.look(turnId);
      // A reservation without its turn was left behind by a power failure.
      if (turn === undefined || turn.state === "ended") return;
      if (turn.problem !== undefined) throw turn.problem;
      if (turn.waitsBecause !== undefined) throw waitsToBegin(context, turn, name);
      if ((await creator()) !== turnId) return;
      await own.check();
      await context.runner.changed(turnId, LOOK_MS, signal);
    }
  } finally {
    own.leave();
  }
}

/** @throws AppError `busy` where a name is reserved for an accepted turn that no process runs */
export async function refuseWaiting(
  context: Context,
  turnId: string | undefined,
  name: string,
): Promise<void> {
  const turn = turnId === undefined ? undefined : await context.runner.look(turnId);
  if (turn !== undefined && turn.state !== "ended" && turn.waitsBecause !== undefined)
    throw waitsToBegin(context, turn, name);
}

/** The error where a name is reserved for a turn that was accepted, and that no process runs. */
function waitsToBegin(
  { wording }: Context,
  { turnId, since, scope, waitsBecause }: UnendedTurn,
  name: string,
): AppError {
  const step = wording.step("runWaiting", { name, workspace: scope.workspace });
  return new AppError(
    "busy",
    `${JSON.stringify(name)} is to be created by a detached turn that waits since ${since}, and no process runs it: ${waitsBecause}.`,
    { hint: `Run it from here with: ${step}`, facts: { turn_id: turnId, since } },
  );
}
