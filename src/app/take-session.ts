import { AppError } from "../domain/errors.ts";
import { quoteWord } from "../domain/posix-words.ts";
import type { SessionKey } from "../domain/session.ts";
import type { HeldLock, LockHolder } from "../domain/store.ts";
import type { Context } from "./context.ts";
import { type RunningTurn, settleSession } from "./settle.ts";

/** How often a waiting caller looks, where the kernel does not tell of changes. */
const LOOK_MS = 200;

export interface TakeRequest {
  key: SessionKey;
  /** What people call the conversation: its name, or its id. */
  label: string;
  turnId: string;
  ifBusy: "wait" | "fail";
  signal?: AbortSignal | undefined;
}

/**
 * Takes a conversation for one turn, after settling what earlier turns left behind. Waits while another turn
 * runs in it, or fails, as asked.
 *
 * @throws AppError `busy`, also where nobody can see whether the other turn still runs; `own_conversation`
 * when the other turn is one that this process is part of: that one could only end after us, so waiting
 * would never end.
 */
export async function takeSession(context: Context, request: TakeRequest): Promise<HeldLock> {
  const { key, turnId, label } = request;
  const { lock } = context.store.session(key);
  const look = async () => (await settleSession(context, key.agent, key.sessionId))[0];
  for (let hasTold = false; ; ) {
    request.signal?.throwIfAborted();
    let running = await look();
    if (running === undefined) {
      const held = await lock.tryTake(turnId);
      // A turn may have been left behind between the look and the lock.
      running = held === undefined ? undefined : await look();
      if (held !== undefined && running === undefined) return held;
      await held?.release();
    }
    if (running !== undefined) refuse(context, label, running);
    const state = await lock.state();
    if (state.state === "elsewhere") throw unreachable(label, state.holder);
    const since = running?.plan.startedAt;
    if (request.ifBusy === "fail") throw busy(label, since);
    if (!hasTold) {
      const when = since === undefined ? "" : ` since ${since}`;
      context.notify(`${JSON.stringify(label)} is busy${when}; waiting for its turn to end.`);
      hasTold = true;
    }
    await lock.changed(LOOK_MS);
  }
}

/** Turns for which waiting would be wrong. */
function refuse(context: Context, label: string, running: RunningTurn): void {
  if (running.problem !== undefined) throw running.problem;
  if (running.liveness === "elsewhere") {
    const { caller, turnId, startedAt } = running.plan;
    throw unreachable(label, { turnId, process: caller, since: startedAt });
  }
  const chain = (context.env.AGENT_SESSIONS_CHAIN ?? "").split(",");
  if (!chain.includes(running.plan.turnId)) return;
  throw new AppError(
    "own_conversation",
    `${JSON.stringify(label)} is the conversation that this command was started from; it can't answer before this command ends.`,
    {
      hint: "Create another conversation for the question, or answer it here.",
      facts: { turn_id: running.plan.turnId },
    },
  );
}

function busy(label: string, since: string | undefined): AppError {
  const when = since === undefined ? "" : ` since ${since}`;
  return new AppError("busy", `Another turn runs in ${JSON.stringify(label)}${when}.`, {
    hint: `Wait for it with --if-busy wait, or look at it with: agent-sessions show ${quoteWord(label)}`,
    facts: { since: since ?? null },
  });
}

function unreachable(label: string, holder: LockHolder): AppError {
  return new AppError(
    "busy",
    `A turn in ${JSON.stringify(label)} was started at ${holder.since} on another machine or in another container; nobody can see from here whether it still runs.`,
    {
      hint: `If that machine or container is gone for good, remove the folder turns/${holder.turnId} of the state home there or here.`,
      facts: { turn_id: holder.turnId, since: holder.since },
    },
  );
}
