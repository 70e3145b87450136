import { AppError } from "../../domain/errors.ts";
import { editsOf } from "../../domain/names/log.ts";
import { movesOf, type NameMove } from "../../domain/names/moves.ts";
import { type NameReason, type NameScope, spellingsOf } from "../../domain/names/name.ts";
import { removedNames } from "../../domain/names/removed.ts";
import { nearest } from "../../domain/nearest.ts";
import { listEach } from "../../domain/words.ts";
import type { Context } from "../context.ts";
import { isKept } from "../conversation/guard.ts";
import { whichAgent } from "../hints.ts";

export interface FoundMoves {
  scope: NameScope;
  name: string;
  /** Oldest first; never empty. */
  moves: NameMove[];
  /** The whole name log that contains them. */
  lines: readonly unknown[];
}

export interface MovesQuery {
  name: string;
  workspace: string;
  agent?: string | undefined;
}

/**
 * Finds the moves of a name, even of a removed name.
 *
 * @throws AppError `no_such_name` for a name that never existed; `ambiguous_name` when two agents have had it
 * and none is given.
 */
export async function findMoves(context: Context, query: MovesQuery): Promise<FoundMoves> {
  const found = await lookForMoves(context, query);
  if ("moves" in found) return found;
  const { name, workspace } = query;
  const similar = nearest(name, found.known);
  throw new AppError("no_such_name", `The name ${JSON.stringify(name)} has never existed in ${workspace}.`, {
    hint:
      similar === undefined
        ? `Another folder's names need ${context.wording.choice({ workspace: "DIR" })}.`
        : `Did you mean ${JSON.stringify(similar)}? See its moves with: ${context.wording.step("moves", { name: similar, workspace })}`,
    facts: { name, workspace },
  });
}

/** Does the same; for a name that never existed, returns all names that have existed. */
export async function lookForMoves(
  context: Context,
  { name, workspace, agent }: MovesQuery,
): Promise<FoundMoves | { known: Set<string> }> {
  const found: FoundMoves[] = [];
  const known = new Set<string>();
  for (const one of context.agentsOf(agent)) {
    const scope = { workspace, agent: one.name };
    await context.runner.refresh(scope);
    const lines = await context.store.log(scope);
    for (const spelling of spellingsOf(name)) {
      const moves = movesOf(lines, spelling);
      if (moves.length === 0) continue;
      found.push({ scope, name: spelling, moves, lines });
      break;
    }
    for (const edit of editsOf(lines)) if (edit.op === "set") known.add(edit.entry.name);
  }
  const [first, second] = found;
  if (first === undefined) return { known };
  if (second === undefined) return first;
  throw new AppError(
    "ambiguous_name",
    `${listEach(found.map(({ scope }) => scope.agent))} have had the name ${JSON.stringify(name)} here.`,
    {
      hint: whichAgent(
        context,
        found.map(({ scope }) => scope.agent),
      ),
    },
  );
}

/** Reads `NAME@N`. If a name with that very spelling exists or existed, the whole text is the name. */
export async function splitMovesAgo(
  context: Context,
  query: MovesQuery,
): Promise<{ name: string; movesAgo?: number }> {
  const match = /^(.+)@(\d{1,9})$/su.exec(query.name);
  if (match === null || "moves" in (await lookForMoves(context, query))) return { name: query.name };
  return { name: match[1] ?? "", movesAgo: Number(match[2]) };
}

/** One move of a name: when it came to point at something else, or at nothing. */
export interface Move {
  /** How many moves ago; 0 is the present state. `restore` takes this number. */
  movesAgo: number;
  /** ISO 8601; empty if the name log does not have the time. */
  at: string;
  reason: NameReason;
  /** Absent if the move removed the name. */
  sessionId?: string | undefined;
  model?: string | undefined;
  effort?: string | undefined;
  /** The earlier name, if this move renamed it to the present one. */
  renamedFrom?: string | undefined;
  /** The later name, if this move renamed it. */
  renamedTo?: string | undefined;
  /** Whether the name can point at this conversation again; absent if the move removed the name. */
  isKept?: boolean | undefined;
}

export interface Moves {
  name: string;
  agent: string;
  workspace: string;
  /** Newest first. */
  moves: Move[];
}

export async function moves(context: Context, query: MovesQuery): Promise<Moves> {
  const { scope, name, moves: found, lines } = await findMoves(context, query);
  const { agent, workspace } = scope;
  const listed: Move[] = [];
  for (const [movesAgo, { at, reason, entry, renamedFrom, renamedTo }] of found.toReversed().entries()) {
    const { sessionId, lastModel: model, lastEffort: effort } = entry ?? {};
    const kept = sessionId === undefined ? undefined : await isKept(context, agent, sessionId, lines);
    listed.push({ movesAgo, at, reason, sessionId, model, effort, renamedFrom, renamedTo, isKept: kept });
  }
  return { name, agent, workspace, moves: listed };
}

/** A name that `restore` can bring back. */
export interface Restorable {
  name: string;
  agent: string;
  sessionId: string;
  /** ISO 8601; empty if the name log does not have the time. */
  removedAt: string;
  /** Whether its conversation is still there. */
  isKept: boolean;
}

/** Returns the names of a workspace that are removed now, the last one that was removed first. */
export async function removed(
  context: Context,
  { workspace, agent }: Omit<MovesQuery, "name">,
): Promise<Restorable[]> {
  const found: Restorable[] = [];
  for (const one of context.agentsOf(agent)) {
    const scope = { workspace, agent: one.name };
    await context.runner.refresh(scope);
    const lines = await context.store.log(scope);
    for (const { name, removedAt, entry } of removedNames(lines)) {
      const { sessionId } = entry;
      const kept = await isKept(context, one.name, sessionId, lines);
      found.push({ name, agent: one.name, sessionId, removedAt, isKept: kept });
    }
  }
  return found.sort((left, right) => (left.removedAt < right.removedAt ? 1 : -1));
}
