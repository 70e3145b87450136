import type { NameMove } from "../../domain/names/moves.ts";
import type { Context } from "../context.ts";
import { isKept } from "../conversation/guard.ts";
import { findMoves, type MovesQuery } from "./find-moves.ts";

export interface ListedMove extends NameMove {
  /** How many moves ago; 0 is how things are now. `restore NAME@N` takes it. */
  movesAgo: number;
  /** Whether the name can be pointed there again; absent where the move took the name away. */
  isKept?: boolean;
}

export interface Moves {
  name: string;
  agent: string;
  /** Newest first. */
  moves: ListedMove[];
}

/** What a name has pointed at, and when and why it moved. @throws AppError `no_such_name`, `ambiguous_name` */
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
