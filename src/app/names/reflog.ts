import { AppError } from "../../domain/errors.ts";
import { editsOf } from "../../domain/names/log.ts";
import { movesOf, type NameMove } from "../../domain/names/moves.ts";
import type { NameScope } from "../../domain/names/name.ts";
import { nearest } from "../../domain/nearest.ts";
import { quoteWord } from "../../domain/words.ts";
import type { Context } from "../context.ts";
import { isKept } from "../conversation/guard.ts";
import { settleScope } from "../turn/settle.ts";

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
  throw new AppError(
    "no_such_name",
    `No conversation was ever named ${JSON.stringify(name)} in ${workspace}.`,
    {
      hint:
        similar === undefined
          ? "Another folder's names need --workspace DIR."
          : `Did you mean ${JSON.stringify(similar)}? See its moves with: agent-sessions restore ${quoteWord(similar)} --list`,
      facts: { name, workspace },
    },
  );
}

/** Does the same; for a name that never existed, returns all names that have existed. */
export async function lookForMoves(
  context: Context,
  { name, workspace, agent }: MovesQuery,
): Promise<FoundMoves | { known: Set<string> }> {
  const found: FoundMoves[] = [];
  const known = new Set<string>();
  for (const one of agent === undefined ? context.agents : [context.findAgent(agent)]) {
    const scope = { workspace, agent: one.name };
    await settleScope(context, scope);
    const lines = await context.store.log(scope);
    for (const spelling of new Set([name, name.trim().normalize("NFC")])) {
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
    `${found.map(({ scope }) => scope.agent).join(" and ")} have both had a conversation named ${JSON.stringify(name)} here.`,
    { hint: `Say which: --agent ${first.scope.agent} or --agent ${second.scope.agent}` },
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

export interface ListedMove extends NameMove {
  /** How many moves ago; 0 is the present state. `restore NAME@N` accepts this number. */
  movesAgo: number;
  /** Whether the name can be pointed there again; absent where the move removed the name. */
  isKept?: boolean;
}

export interface Moves {
  name: string;
  agent: string;
  /** Newest first. */
  moves: ListedMove[];
}

export async function moves(context: Context, query: MovesQuery): Promise<Moves> {
  const { scope, name, moves: found, lines } = await findMoves(context, query);
  const listed: ListedMove[] = [];
  for (const [movesAgo, move] of found.toReversed().entries()) {
    const kept =
      move.entry === undefined
        ? {}
        : { isKept: await isKept(context, scope.agent, move.entry.sessionId, lines) };
    listed.push({ ...move, movesAgo, ...kept });
  }
  return { name, agent: scope.agent, moves: listed };
}
