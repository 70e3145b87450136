import type { Context } from "../context.ts";
import { lookForMoves, type MovesQuery } from "./find-moves.ts";

/** Reads `NAME@N`. A name may itself end so: then the whole of it is the name. */
export async function splitMovesAgo(
  context: Context,
  query: MovesQuery,
): Promise<{ name: string; movesAgo?: number }> {
  const match = /^(.+)@(\d{1,9})$/su.exec(query.name);
  if (match === null || "moves" in (await lookForMoves(context, query))) return { name: query.name };
  return { name: match[1] ?? "", movesAgo: Number(match[2]) };
}
