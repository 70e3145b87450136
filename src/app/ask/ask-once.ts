import { createHash } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { AppError } from "../../domain/errors.ts";
import type { SessionKey } from "../../domain/session/session.ts";
import { GenerationLock } from "../../system/locks/generation-lock.ts";
import type { Context } from "../context.ts";
import { ownKeysOf } from "../conversation/lineage.ts";
import type { ResolvedName } from "../names/resolve.ts";
import { NameMoved } from "../names/resolve.ts";
import type { TurnResult } from "../turn/ending/result.ts";
import { refuseOwnWait } from "../turn/own-wait.ts";
import type { TurnTicket } from "../turn/ticket.ts";
import { resultInJournal, settledResult } from "../watch/find.ts";
import { waitForEnd } from "../watch/wait.ts";

/** How often it is looked whether the first request has begun its turn. */
const LOOK_MS = 50;

export interface RequestId {
  id: string;
  prompt: string;
  /** Default: `fail`, which tells that nobody knows how the turn ended; `resend` asks again. */
  onUnknown?: "fail" | "resend" | undefined;
  signal?: AbortSignal | undefined;
  /** Called when it is somebody else's turn that is waited for. */
  onPlaced?: (() => void) | undefined;
}

/** Asked before a turn is sent to a conversation, at first and as it follows its name; may throw to keep it from it. */
export type Follow = (to: ResolvedName) => Promise<void>;

/**
 * Runs `ask` unless a request of the same id has been made of the conversation before, by whatever name it went and
 * through whatever ids it has moved since: then its result is told, once there is one. Whoever made it may still wait
 * in line, be at it, or be gone; the model is asked once.
 *
 * @throws AppError `usage` when the id was used for another prompt, and what `resolve` and `ask` throw. A request
 * whose turn never began does not count.
 */
export async function askOnce(
  context: Context,
  resolve: () => Promise<ResolvedName>,
  request: RequestId,
  ticket: TurnTicket,
  ask: (follow: Follow) => Promise<TurnResult>,
): Promise<TurnResult> {
  const { id, prompt, onUnknown = "fail", signal, onPlaced } = request;
  const note = createHash("sha256").update(prompt).digest("hex");
  for (;;) {
    if (signal?.aborted) throw signal.reason;
    const { scope, entry } = await resolve();
    const keys = await ownKeysOf(context, { agent: scope.agent, sessionId: entry.sessionId });
    const claims = keys.map((key) => new GenerationLock(context.home.requestFolder(key, id)));
    const made = claims.find((claim) => claim.state().state !== "free");
    const found = made?.state();
    if (found !== undefined && found.state !== "free") {
      if (found.owner.note !== note) throw usedOtherwise(id);
      onPlaced?.();
      const result = await resultOfTurn(context, entry.name, keys, found.owner.turnId ?? "", signal);
      const mustResend = result?.outcome === "unknown" && onUnknown === "resend";
      // Whoever has made it was gone before its agent started: nothing was asked.
      const isTakenOver = result?.hasRun === false && found.state === "abandoned";
      if (result !== undefined && !mustResend && !isTakenOver) return result;
      if (found.state === "elsewhere") throw elsewhere(id);
      if (found.state === "held" && result === undefined) {
        // Its turn waits for the conversation.
        await refuseOwnWait(context, { agent: scope.agent, sessionId: entry.sessionId }, entry.name);
        await sleep(LOOK_MS);
        continue;
      }
    }
    const claim = made ?? claims[0];
    if (claim === undefined) continue;
    const follow: Follow = async (to) => {
      const line = await ownKeysOf(context, { agent: to.scope.agent, sessionId: to.entry.sessionId });
      if (!line.some(({ sessionId }) => sessionId === entry.sessionId)) throw new NameMoved();
    };
    const asked = await askClaimed(context, claim, { note, ticket }, async () => {
      // Whoever looked after the name had moved did not see this claim, and has made one there.
      if ((await resolve()).entry.sessionId !== entry.sessionId) throw new NameMoved();
      return ask(follow);
    });
    if (asked !== undefined) return asked;
  }
}

/** Undefined when somebody else was faster to take the claim, or the name stands for another conversation by now. */
async function askClaimed(
  context: Context,
  claim: GenerationLock,
  { note, ticket: { turnId } }: { note: string; ticket: TurnTicket },
  ask: () => Promise<TurnResult>,
): Promise<TurnResult | undefined> {
  const release = claim.tryTake({ turnId, note, since: context.now().toISOString() });
  if (release === undefined) return undefined;
  try {
    return await ask();
  } catch (error) {
    const { open, queued } = context.turns.look(turnId);
    // What has begun will have an end, for whoever asks again; what has not may be asked anew.
    const settled = settledResult(context, turnId);
    const hasBegun = open !== undefined || queued !== undefined || (settled && settled.hasRun !== false);
    if (!hasBegun) release();
    if (error instanceof NameMoved && !hasBegun) return undefined;
    throw error;
  }
}

/** The result of the turn of an earlier request, once it has one; undefined when it has not begun. */
async function resultOfTurn(
  context: Context,
  name: string,
  keys: readonly SessionKey[],
  turnId: string,
  signal: AbortSignal | undefined,
): Promise<TurnResult | undefined> {
  const { open, queued } = context.turns.look(turnId);
  if (open !== undefined || queued !== undefined) {
    const running = open === undefined ? undefined : ({ ...open, liveness: "caller" } as const);
    return waitForEnd(context, { name, turnId, running }, () => {
      if (signal?.aborted) throw signal.reason;
      return false;
    });
  }
  const settled = settledResult(context, turnId);
  if (settled !== undefined) return settled;
  for (const { agent, sessionId } of keys) {
    const result = await resultInJournal(context, agent, sessionId, turnId);
    if (result !== undefined) return result;
  }
  return undefined;
}

function usedOtherwise(id: string): AppError {
  return new AppError("usage", `The request id ${JSON.stringify(id)} was used with another prompt here.`, {
    hint: "Give each request an id of its own.",
  });
}

function elsewhere(id: string): AppError {
  return new AppError("busy", `The request ${JSON.stringify(id)} was made on another machine.`, {
    hint: "Ask there how it ended, or use another id.",
  });
}
