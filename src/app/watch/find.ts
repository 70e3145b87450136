import { AppError } from "../../domain/errors.ts";
import { idThatBegins, SHORTEST_PREFIX } from "../../domain/id-prefix.ts";
import { movesOf } from "../../domain/names/moves.ts";
import { spellingsOf } from "../../domain/names/name.ts";
import { entrySince } from "../../domain/names/renames.ts";
import type { KeptTurn, UnendedTurn } from "../../domain/runner.ts";
import type { SessionKey } from "../../domain/session/session.ts";
import { byAsking } from "../../domain/turn/asked.ts";
import { listEach } from "../../domain/words.ts";
import type { Context } from "../context.ts";
import { ownKeysOf } from "../conversation/lineage.ts";
import { whichAgent } from "../hints.ts";
import { TurnNames } from "../names/of-turns.ts";
import { type ResolvedName, resolveName } from "../names/resolve.ts";
import { resultOf, type TurnResult } from "../turn/ending/result.ts";
import { isTurnId } from "../turn/ticket.ts";

export interface TurnQuery {
  name: string;
  workspace: string;
  agent?: string | undefined;
  /** Which of the name's turns: its id, or the beginning of it. Default: the one that was requested last. */
  turnId?: string | undefined;
}

/** A turn of a name in any state. */
export type FoundTurn = UnendedTurn | { state: "ended"; turnId: string; result: TurnResult };

/**
 * Returns the unended turns of a name: running turns before queued ones, each in order of arrival. First
 * settles turns that no process works on any more.
 *
 * @throws AppError `ambiguous_name` when two agents have turns of that name.
 */
export function unendedTurns(context: Context, query: TurnQuery): Promise<UnendedTurn[]> {
  const { turnId } = query;
  return unendedWith(context, query, turnId === undefined ? undefined : (id) => id === turnId);
}

async function unendedWith(
  context: Context,
  { name, workspace, agent }: TurnQuery,
  isAsked: ((turnId: string) => boolean) | undefined,
): Promise<UnendedTurn[]> {
  const names = await TurnNames.of(context, workspace, agent);
  const spellings = spellingsOf(name);
  // A caller knows a turn's id together with the name that the turn was sent to.
  const isByOldName = isAsked !== undefined || !spellings.some((spelling) => names.isTaken(spelling));
  const isMeant = (turn: UnendedTurn) => {
    const called = [names.nameNow(turn), ...(isByOldName ? [turn.name, turn.acceptedAs] : [])];
    return spellings.some((spelling) => called.includes(spelling));
  };
  const all = (await context.runner.unended({ workspace, agent })).filter(isMeant);
  const found = isAsked === undefined ? all : all.filter((turn) => isAsked(turn.turnId));
  const agents = new Set(found.map(({ scope }) => scope.agent));
  if (agents.size > 1) {
    throw new AppError(
      "ambiguous_name",
      `${listEach([...agents])} have a turn of ${JSON.stringify(name)} here.`,
      { hint: whichAgent(context, agents) },
    );
  }
  return found;
}

/**
 * Finds a turn of a name.
 *
 * @throws AppError `no_such_name`, `ambiguous_name`, `no_such_turn`; `usage` for the beginning of several ids
 */
export async function findTurn(context: Context, given: TurnQuery): Promise<FoundTurn> {
  const { name } = given;
  const turnId = given.turnId === undefined ? undefined : await wholeTurnId(context, given, given.turnId);
  const query = { ...given, turnId };
  const unended = await unendedTurns(context, query);
  const inOrder = byAsking(context.self().boot);
  const found = unended.sort((left, right) => inOrder(left.asked, right.asked)).at(-1);
  if (found !== undefined) return found;
  const result =
    turnId === undefined ? await lastResult(context, query) : await resultById(context, query, turnId);
  if (result !== undefined) return { state: "ended", turnId: result.turnId, result };
  await resolveName(context, query.workspace, name, query.agent);
  const what = turnId === undefined ? "No turn" : `No turn ${JSON.stringify(turnId)}`;
  throw new AppError("no_such_turn", `${what} has run in ${JSON.stringify(name)}.`, {
    hint: `See those that have with: ${context.wording.step("history", { name, agent: query.agent, workspace: query.workspace })}`,
    facts: { name, turn_id: turnId ?? null },
  });
}

/** Returns the id of the turn that one begins; the same text if there is no such turn. */
async function wholeTurnId(context: Context, query: TurnQuery, given: string): Promise<string> {
  if (isTurnId(given) || given.length < SHORTEST_PREFIX) return given;
  const { workspace, agent, name } = query;
  const isMeant = (turnId: string) => turnId.startsWith(given);
  const ids = (await unendedWith(context, query, isMeant)).map(({ turnId }) => turnId);
  for (const kept of await context.runner.kept({ workspace, agent })) {
    const { turnId } = kept.result;
    if (isMeant(turnId) && (await wasSentTo(context, kept, name))) ids.push(turnId);
  }
  for (const key of await conversationsOf(context, query)) {
    for (const { turnId } of await context.store.session(key).journal.read()) ids.push(turnId);
  }
  return idThatBegins(given, ids, `turns of ${JSON.stringify(name)}`) ?? given;
}

/** Returns the result of the turn that was requested last; undefined where no turn of ours has ended. */
async function lastResult(context: Context, query: TurnQuery): Promise<TurnResult | undefined> {
  const { name, workspace, agent } = query;
  let resolved: ResolvedName;
  try {
    resolved = await resolveName(context, workspace, name, agent);
  } catch (error) {
    // A create that never began a conversation has left no name.
    const isGone = error instanceof AppError && error.code === "no_such_name";
    const spellings: unknown[] = spellingsOf(name);
    const kept = isGone
      ? await newestKept(context, query, (result) => spellings.includes(result.name))
      : undefined;
    if (kept === undefined) throw error;
    return kept.result;
  }
  const { scope, entry } = resolved;
  const names = await context.store.list(scope);
  const isMeant = (result: TurnResult) =>
    result.sessionId === undefined || result.name === undefined
      ? result.name === entry.name
      : entrySince(names, result.name, result.sessionId)?.name === entry.name;
  const kept = await newestKept(context, { workspace, agent: scope.agent }, isMeant);
  const keys = await ownKeysOf(context, { agent: scope.agent, sessionId: entry.sessionId });
  for (const key of keys) {
    const last = await context.store.session(key).journal.last();
    if (last === undefined) continue;
    // A turn that never began is in no journal; for all others, the journal gives the order.
    const isLater = kept !== undefined && byAsking(context.self().boot)(kept.asked, last) > 0;
    if (isLater && (await resultInJournals(context, keys, kept.result.turnId)) === undefined)
      return kept.result;
    return resultInJournal(context, key.agent, key.sessionId, last.turnId);
  }
  return kept?.result;
}

/** Returns the kept turn of a workspace that was requested last, of those that match. */
async function newestKept(
  context: Context,
  { workspace, agent }: Pick<TurnQuery, "workspace" | "agent">,
  isMeant: (result: TurnResult) => boolean,
): Promise<KeptTurn | undefined> {
  const inOrder = byAsking(context.self().boot);
  const kept = await context.runner.kept({ workspace, agent });
  const meant = kept.filter(({ result }) => isMeant(result));
  return meant.toSorted((left, right) => inOrder(left.asked, right.asked)).at(-1);
}

/**
 * Returns the result of a turn that was sent to a name, or that ran in a conversation that the name has
 * pointed at.
 */
export async function resultById(
  context: Context,
  query: TurnQuery,
  turnId: string,
): Promise<TurnResult | undefined> {
  const kept = await context.runner.look(turnId);
  const isHere = kept?.state === "ended" && kept.result.workspace === query.workspace;
  if (isHere && (await wasSentTo(context, kept, query.name))) return kept.result;
  return resultInJournals(context, await conversationsOf(context, query), turnId);
}

/** Returns all conversations that a name points at or has pointed at, with their own ancestors. */
async function conversationsOf(
  context: Context,
  { name, workspace, agent }: TurnQuery,
): Promise<SessionKey[]> {
  const found = new Map<string, SessionKey>();
  for (const one of context.agentsOf(agent)) {
    const scope = { workspace, agent: one.name };
    const names = await context.store.list(scope);
    const lines = await context.store.log(scope);
    for (const spelling of spellingsOf(name)) {
      const ids = movesOf(lines, spelling).flatMap(({ entry }) => entry?.sessionId ?? []);
      const now = ids.flatMap((id) => entrySince(names, spelling, id)?.sessionId ?? []);
      for (const sessionId of new Set([...now.reverse(), ...ids.reverse()])) {
        for (const key of await ownKeysOf(context, { agent: one.name, sessionId }))
          found.set(JSON.stringify(key), key);
      }
    }
  }
  return [...found.values()];
}

/** Whether an ended turn was sent to a name, also under an earlier name. */
async function wasSentTo(context: Context, turn: KeptTurn, name: string): Promise<boolean> {
  if (turn.result.name === name || turn.acceptedAs === name) return true;
  const names = await TurnNames.of(context, turn.scope.workspace, turn.scope.agent);
  return names.nameNow(turn) === name;
}

export async function resultInJournals(
  context: Context,
  keys: readonly SessionKey[],
  turnId: string,
): Promise<TurnResult | undefined> {
  for (const { agent, sessionId } of keys) {
    const result = await resultInJournal(context, agent, sessionId, turnId);
    if (result !== undefined) return result;
  }
  return undefined;
}

/** Returns the result of a turn from its conversation's journal. */
export async function resultInJournal(
  context: Context,
  agent: string,
  sessionId: string,
  turnId: string,
): Promise<TurnResult | undefined> {
  const session = context.store.session({ agent, sessionId });
  const ended = await session.journal.find(turnId);
  if (ended === undefined) return undefined;
  const workspace = (await session.record())?.workspace ?? context.cwd;
  return resultOf(ended, { agent, workspace, sessionId });
}
