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
import { resultInJournal } from "../watch/find.ts";
import { waitForEnd } from "../watch/wait.ts";

/** How often a repeated request checks whether the first request has begun its turn. */
const LOOK_MS = 50;

export interface RequestId {
  id: string;
  prompt: string;
  /**
   * What to do if the end of the turn is unknown. Default: `fail`, which returns that result; `resend` asks
   * again.
   */
  onUnknown?: "fail" | "resend" | undefined;
  signal?: AbortSignal | undefined;
  /** Called when an earlier request of this id is found, whose turn is waited for. */
  onPlaced?: (() => void) | undefined;
}

/**
 * Called before a turn is sent to a conversation, and again when the turn follows its moved name. May throw
 * to prevent the turn.
 */
export type Follow = (to: ResolvedName) => Promise<void>;

/**
 * Runs `ask` unless the conversation has had a request of the same id before, under any name and under any of
 * its earlier ids. In that case returns the result of that request, once there is one. The earlier request
 * may still be queued, be running, or its process may be gone; the model is asked once.
 *
 * @throws AppError `usage` when the id was used for another prompt, and what `resolve` and `ask` throw. A
 * request whose turn never began is ignored.
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
      // The earlier process ended before its agent started: the model was not asked.
      const isTakenOver = result?.hasRun === false && found.state === "abandoned";
      if (result !== undefined && !mustResend && !isTakenOver) return result;
      if (found.state === "elsewhere") throw elsewhere(id);
      if (found.state === "held" && result === undefined) {
        // The earlier turn waits for the conversation.
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
      // A request that resolved the name after it moved did not see this claim, and has made one in the new
      // conversation.
      if ((await resolve()).entry.sessionId !== entry.sessionId) throw new NameMoved();
      return ask(follow);
    });
    if (asked !== undefined) return asked;
  }
}

/**
 * Takes the claim and runs `ask`. Returns undefined when another process took the claim first, or when the
 * name points at another conversation by now.
 */
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
    // A turn that has begun will have a result for later requests. One that has not may be asked again.
    const turn = await context.runner.look(turnId);
    const isAsked = turn?.state === "ended" ? turn.result.hasRun !== false : turn !== undefined;
    if (!isAsked) release();
    if (error instanceof NameMoved && !isAsked) return undefined;
    throw error;
  }
}

/**
 * Waits for the result of an earlier request's turn and returns it; undefined when the turn has not begun.
 */
async function resultOfTurn(
  context: Context,
  name: string,
  keys: readonly SessionKey[],
  turnId: string,
  signal: AbortSignal | undefined,
): Promise<TurnResult | undefined> {
  const turn = await context.runner.look(turnId);
  if (turn?.state === "ended") return turn.result;
  if (turn !== undefined) {
    return waitForEnd(context, { name, turnId, last: turn }, () => {
      if (signal?.aborted) throw signal.reason;
      return false;
    });
  }
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
