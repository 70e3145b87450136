import { createHash } from "node:crypto";
import { AppError } from "../domain/errors.ts";
import { GenerationLock } from "../system/generation-lock.ts";
import type { Context } from "./context.ts";
import { resultInJournal, settledResult } from "./find-turn.ts";
import type { ResolvedName } from "./resolve-name.ts";
import type { TurnResult } from "./turn-result.ts";
import type { TurnTicket } from "./turn-ticket.ts";
import { waitForEnd } from "./wait.ts";

/** How often it is looked whether the first request has begun its turn. */
const LOOK_MS = 50;

export interface RequestId {
  id: string;
  prompt: string;
  /** Default: `fail`, which tells that nobody knows how the turn ended; `resend` asks again. */
  onUnknown?: "fail" | "resend" | undefined;
  signal?: AbortSignal | undefined;
}

/**
 * Runs `ask` unless a request of the same id has been made of the name before: then its result is told, once
 * there is one. Whoever made it may still wait in line, be at it, or be gone; the model is asked once.
 *
 * @throws AppError `usage` when the id was used for another prompt, and what `ask` throws. A request whose turn
 * never began does not count.
 */
export async function askOnce(
  context: Context,
  { scope, entry }: ResolvedName,
  request: RequestId,
  ticket: TurnTicket,
  ask: () => Promise<TurnResult>,
): Promise<TurnResult> {
  const { id, prompt, onUnknown = "fail", signal } = request;
  const claim = new GenerationLock(context.home.requestFolder(scope, entry.name, id));
  const note = createHash("sha256").update(prompt).digest("hex");
  for (;;) {
    if (signal?.aborted) throw signal.reason;
    const found = claim.state();
    if (found.state !== "free") {
      if (found.owner.note !== note) throw usedOtherwise(id);
      const { turnId = "" } = found.owner;
      const result = await resultOfTurn(context, { scope, entry }, turnId, signal);
      const mustResend = result?.outcome === "unknown" && onUnknown === "resend";
      if (result !== undefined && !mustResend) return result;
      if (found.state === "elsewhere") throw elsewhere(id);
      if (found.state === "held" && result === undefined) {
        await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
        continue;
      }
    }
    const asked = await askClaimed(context, claim, { note, ticket }, ask);
    if (asked !== undefined) return asked;
  }
}

/** Undefined when somebody else was faster to take the claim. */
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
    if (open === undefined && queued === undefined && settledResult(context, turnId) === undefined) release();
    throw error;
  }
}

/** The result of the turn of an earlier request, once it has one; undefined when it has not begun. */
async function resultOfTurn(
  context: Context,
  { scope, entry }: ResolvedName,
  turnId: string,
  signal: AbortSignal | undefined,
): Promise<TurnResult | undefined> {
  const { open, queued } = context.turns.look(turnId);
  if (open !== undefined || queued !== undefined) {
    const { name } = entry;
    const running = open === undefined ? undefined : ({ ...open, liveness: "caller" } as const);
    return waitForEnd(context, { name, turnId, running }, () => {
      if (signal?.aborted) throw signal.reason;
      return false;
    });
  }
  return (
    settledResult(context, turnId) ?? (await resultInJournal(context, scope.agent, entry.sessionId, turnId))
  );
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
