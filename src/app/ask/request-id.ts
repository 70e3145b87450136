import { createHash } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { AppError } from "../../domain/errors.ts";
import { usualSpelling } from "../../domain/names/name.ts";
import type { MadeRequest, RequestClaim, RequestPlace, UnendedTurn } from "../../domain/runner.ts";
import type { Context } from "../context.ts";
import { ownKeysOf } from "../conversation/lineage.ts";
import type { ResolvedName } from "../names/resolve.ts";
import { NameMoved } from "../names/resolve.ts";
import type { TurnResult } from "../turn/ending/result.ts";
import { type Awaited, refuseOwnWait } from "../turn/own-wait.ts";
import type { TurnTicket } from "../turn/ticket.ts";
import { resultById, resultInJournals, type TurnQuery } from "../watch/find.ts";
import { waitForEnd } from "../watch/wait.ts";

/** How often a repeated request checks whether the first request has begun its turn. */
const LOOK_MS = 50;

/** An id that the caller chose, so that a request can be repeated without being asked twice. */
export interface RequestId {
  id: string;
  /**
   * What to do if the end of the turn is unknown. Default: `fail`, which returns that result; `resend` asks
   * again.
   */
  onUnknown?: "fail" | "resend" | undefined;
}

/** A request with an id, and who makes it. */
interface Repeatable<T> {
  request: RequestId;
  prompt: string;
  signal: AbortSignal | undefined;
  /** Called when an earlier request of this id is found, whose turn is waited for. */
  onPlaced?: (() => void) | undefined;
  /** Returns what the caller gets of a turn; undefined if the caller waits for its end first. */
  again(found: TurnResult | UnendedTurn): T | undefined;
}

/** Where a request may have been made before, and how its turn is found. */
interface Places {
  /** A new claim is made in the first of them. */
  places: readonly RequestPlace[];
  name: string;
  agent: string | undefined;
  /** What the turn of an earlier request may wait for. */
  awaited?: Awaited | undefined;
  /** Finds the result of a turn that has ended long ago. */
  findResult(turnId: string): Promise<TurnResult | undefined>;
}

/**
 * Called before a turn is sent to a conversation, and again when the turn follows its moved name. May throw
 * to prevent the turn.
 */
export type Follow = (to: ResolvedName) => Promise<void>;

/**
 * Runs `ask` unless the conversation has had a request of the same id before, under any name and under any of
 * its earlier ids. In that case returns what came of that request. The earlier request may still be queued, be
 * running, or its process may be gone; the model is asked once.
 *
 * @throws AppError `usage` when the id was used for another prompt, and what `resolve` and `ask` throw. A
 * request whose turn never began is ignored.
 */
export async function askOnce<T>(
  context: Context,
  resolve: () => Promise<ResolvedName>,
  repeatable: Repeatable<T>,
  ticket: TurnTicket,
  ask: (follow: Follow) => Promise<T>,
): Promise<T> {
  for (;;) {
    let sessionId = "";
    const found = await earlier(context, repeatable, async () => {
      const { scope, entry } = await resolve();
      ({ sessionId } = entry);
      const awaited = { agent: scope.agent, sessionId };
      const places = await ownKeysOf(context, awaited);
      const findResult = (turnId: string) => resultInJournals(context, places, turnId);
      return { places, name: entry.name, agent: undefined, awaited, findResult };
    });
    if ("given" in found) return found.given;
    const follow: Follow = async (to) => {
      const line = await ownKeysOf(context, { agent: to.scope.agent, sessionId: to.entry.sessionId });
      if (!line.some((key) => key.sessionId === sessionId)) throw new NameMoved();
    };
    try {
      const asked = await askClaimed(context, found.claim, repeatable, ticket, async () => {
        // A request that resolved the name after it moved did not see this claim, and has made one in the new
        // conversation.
        if ((await resolve()).entry.sessionId !== sessionId) throw new NameMoved();
        return ask(follow);
      });
      if (asked !== undefined) return asked.value;
    } catch (error) {
      if (!(error instanceof NameMoved)) throw error;
    }
  }
}

/**
 * Does the same for a request that begins the conversation of a name: it is known by the name that it was made
 * for. `begin` takes the request back if it begins none.
 */
export async function beginOnce<T>(
  context: Context,
  query: TurnQuery,
  repeatable: Repeatable<T>,
  ticket: TurnTicket,
  begin: (takeBack: () => Promise<void>) => Promise<T>,
): Promise<T> {
  for (;;) {
    const found = await earlier(context, repeatable, () => placesOfName(context, query));
    if ("given" in found) return found.given;
    const asked = await askClaimed(context, found.claim, repeatable, ticket, begin);
    if (asked !== undefined) return asked.value;
  }
}

/** Returns what came of an earlier request that has begun the conversation of a name; undefined if there was none. */
export async function begunBefore<T>(
  context: Context,
  query: TurnQuery,
  repeatable: Repeatable<T>,
): Promise<T | undefined> {
  const found = await earlier(context, repeatable, () => placesOfName(context, query));
  return "given" in found ? found.given : undefined;
}

async function placesOfName(context: Context, query: TurnQuery): Promise<Places> {
  const { workspace, agent } = query;
  const name = usualSpelling(query.name);
  return {
    places: [{ workspace, name }],
    name,
    agent,
    // Of any agent: the id must not stand for two turns.
    findResult: (turnId) => resultById(context, { workspace, name }, turnId),
  };
}

/** Returns what came of an earlier request; else where to claim it. */
async function earlier<T>(
  context: Context,
  { request, prompt, signal, onPlaced, again }: Repeatable<T>,
  find: () => Promise<Places>,
): Promise<{ given: T } | { claim: RequestClaim }> {
  const { id, onUnknown = "fail" } = request;
  for (;;) {
    if (signal?.aborted) throw signal.reason;
    const { places, name, agent, awaited, findResult } = await find();
    const claims = places.map((place) => context.runner.claim(place, id));
    const [first] = claims;
    if (first === undefined) continue;
    const { claim, made } = (await firstMade(claims)) ?? { claim: first, made: undefined };
    if (made === undefined) return { claim };
    if (made.note !== noteOf(prompt)) throw usedOtherwise(id, "with another prompt");
    onPlaced?.();
    const turn = await context.runner.look(made.turnId);
    const unended = turn?.state === "ended" ? undefined : turn;
    if (agent !== undefined && unended !== undefined) refuseOtherAgent(id, agent, unended.scope.agent);
    const meant = unended && again(unended);
    if (meant !== undefined) return { given: meant };
    const kept = turn?.state === "ended" ? turn.result : undefined;
    const result =
      unended === undefined
        ? (kept ?? (await findResult(made.turnId)))
        : await resultOf(context, name, unended, signal);
    if (agent !== undefined && result !== undefined) refuseOtherAgent(id, agent, result.agent);
    const mustResend = result?.outcome === "unknown" && onUnknown === "resend";
    // Where it has not run, the earlier process ended before its agent started: the model was not asked.
    const isOpen = made.owner === "gone" && (mustResend || result?.hasRun === false);
    const given = result === undefined || isOpen ? undefined : again(result);
    if (given !== undefined) return { given };
    if (made.owner === "elsewhere") throw elsewhere(id);
    if (made.owner === "gone") return { claim };
    // The earlier turn has not begun: it may wait for the conversation.
    if (awaited !== undefined) await refuseOwnWait(context, awaited, name);
    await sleep(LOOK_MS);
  }
}

async function firstMade(
  claims: readonly RequestClaim[],
): Promise<{ claim: RequestClaim; made: MadeRequest } | undefined> {
  for (const claim of claims) {
    const made = await claim.made();
    if (made !== undefined) return { claim, made };
  }
  return undefined;
}

/**
 * Takes the claim and runs `ask`. Returns undefined when another process took the claim first.
 *
 * @throws what `ask` throws, with the claim taken back if no turn has begun
 */
async function askClaimed<T>(
  context: Context,
  claim: RequestClaim,
  { prompt }: Pick<Repeatable<T>, "prompt">,
  { turnId }: TurnTicket,
  ask: (takeBack: () => Promise<void>) => Promise<T>,
): Promise<{ value: T } | undefined> {
  const release = await claim.take(turnId, noteOf(prompt));
  if (release === undefined) return undefined;
  const isAsked = async () => {
    // A turn that has begun will have a result for later requests. One that has not may be asked again.
    const turn = await context.runner.look(turnId);
    return turn?.state === "ended" ? turn.result.hasRun !== false : turn !== undefined;
  };
  try {
    return { value: await ask(release) };
  } catch (error) {
    if (!(await isAsked())) await release();
    throw error;
  }
}

/** Waits for the end of a turn; undefined if it leaves no result. */
async function resultOf(
  context: Context,
  name: string,
  last: UnendedTurn,
  signal: AbortSignal | undefined,
): Promise<TurnResult | undefined> {
  try {
    return await waitForEnd(context, { name, turnId: last.turnId, last }, () => {
      if (signal?.aborted) throw signal.reason;
      return false;
    });
  } catch (error) {
    if (error instanceof AppError && error.code === "no_such_turn") return undefined;
    throw error;
  }
}

/** @throws AppError `usage` */
function refuseOtherAgent(id: string, agent: string, used: string): void {
  if (used !== agent) throw usedOtherwise(id, `with ${used}`);
}

/** Returns what is kept of a prompt, to tell it from another one with the same request id. */
export function noteOf(prompt: string): string {
  return createHash("sha256").update(prompt).digest("hex");
}

function usedOtherwise(id: string, how: string): AppError {
  return new AppError("usage", `The request id ${JSON.stringify(id)} was used ${how} here.`, {
    hint: "Give each request an id of its own.",
  });
}

function elsewhere(id: string): AppError {
  return new AppError("busy", `The request ${JSON.stringify(id)} was made on another machine.`, {
    hint: "Ask there how it ended, or use another id.",
  });
}
