import { AppError } from "../domain/errors.ts";
import type { NameScope } from "../domain/name.ts";
import type { HeldLock } from "../domain/store.ts";
import type { Context } from "./context.ts";
import { type RunningTurn, sessionIdOf, settlePending } from "./settle.ts";

/** How often a waiting caller looks, where the kernel does not tell of changes. */
const LOOK_MS = 200;

export interface TakeRequest {
  scope: NameScope;
  name: string;
  sessionId: string;
  turnId: string;
  ifBusy: "wait" | "fail";
  signal?: AbortSignal | undefined;
}

/**
 * Takes a conversation for one turn, after settling what earlier turns left behind. Waits while another turn
 * runs in it, or fails, as asked.
 *
 * @throws AppError `busy`, or `own_conversation` when the other turn is one that this process is part of:
 * that one could only end after us, so waiting would never end.
 */
export async function takeSession(context: Context, request: TakeRequest): Promise<HeldLock> {
  const { scope, sessionId, turnId } = request;
  const { lock } = context.store.session({ agent: scope.agent, sessionId });
  for (let hasTold = false; ; ) {
    const running = await turnOf(context, request);
    if (running === undefined) {
      const held = await lock.tryTake(turnId);
      // A turn may have been left behind between the look and the lock.
      if (held !== undefined && (await turnOf(context, request)) === undefined) return held;
      await held?.release();
    }
    const since = running?.plan.startedAt;
    if (running !== undefined) refuseOwn(context, request, running);
    if (request.ifBusy === "fail") throw busy(request, since);
    if (!hasTold) {
      context.notify(
        `${JSON.stringify(request.name)} is busy${since === undefined ? "" : ` since ${since}`}; waiting for its turn to end.`,
      );
      hasTold = true;
    }
    request.signal?.throwIfAborted();
    await lock.changed(LOOK_MS);
  }
}

async function turnOf(context: Context, request: TakeRequest): Promise<RunningTurn | undefined> {
  const running = await settlePending(context, request.scope);
  return running.find(
    (turn) => turn.plan.turnId !== request.turnId && sessionIdOf(turn) === request.sessionId,
  );
}

function refuseOwn(context: Context, request: TakeRequest, running: RunningTurn): void {
  const chain = (context.env.AGENT_SESSIONS_CHAIN ?? "").split(",");
  if (!chain.includes(running.plan.turnId)) return;
  throw new AppError(
    "own_conversation",
    `${JSON.stringify(request.name)} is the conversation that this command was started from; it can't answer before this command ends.`,
    {
      hint: "Create another conversation for the question, or answer it here.",
      facts: { turn_id: running.plan.turnId },
    },
  );
}

function busy(request: TakeRequest, since: string | undefined): AppError {
  const when = since === undefined ? "" : ` since ${since}`;
  return new AppError("busy", `Another turn runs in ${JSON.stringify(request.name)}${when}.`, {
    hint: "Wait for it with --if-busy wait, or look at it with: agent-sessions show",
    facts: { since: since ?? null },
  });
}
