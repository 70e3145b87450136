import type { ListedMove, Moves } from "../../app/names/reflog.ts";
import { quoteWord } from "../../domain/words.ts";
import { formatAge } from "./numbers.ts";
import type { Style } from "./style.ts";
import { formatTable, printable } from "./table.ts";

/** Returns the moves of a name as a table, newest first. */
export function describeMoves({ name, agent, moves }: Moves, now: Date, style: Style): string {
  const rows = moves.map((move) => [
    style.bold(printable(quoteWord(`${name}@${move.movesAgo}`))),
    formatAge(move.at === "" ? undefined : move.at, now),
    printable(whyOf(move)),
    agent,
    pointsAt(move, style),
  ]);
  return formatTable([["MOVE", "WHEN", "WHY", "AGENT", "SESSION"].map(style.dim), ...rows]);
}

function whyOf({ reason, renamedFrom, renamedTo }: ListedMove): string {
  if (renamedTo !== undefined) return `renamed to ${renamedTo}`;
  if (renamedFrom !== undefined) return `renamed from ${renamedFrom}`;
  return reason;
}

function pointsAt({ entry, isKept }: ListedMove, style: Style): string {
  if (entry === undefined) return style.dim("nothing");
  return isKept ? printable(entry.sessionId) : style.dim(`${printable(entry.sessionId)} (removed)`);
}
