import { AppError } from "../../domain/errors.ts";
import type { NameMove } from "../../domain/names/moves.ts";
import type { NameEntry, NameTable } from "../../domain/names/name.ts";
import { quoteWords } from "../../domain/words.ts";
import type { Context } from "../context.ts";
import { isKept, pointAtKept } from "../conversation/guard.ts";
import { type FoundMoves, findMoves, type MovesQuery } from "./reflog.ts";
import { findTwin, refuseReserved } from "./taken.ts";

export interface RestoreRequest extends MovesQuery {
  /** 1 is before the name's last move. Without one, a removed name is restored to its last state. */
  movesAgo?: number | undefined;
}

export interface Restored {
  name: string;
  agent: string;
  sessionId: string;
  /** What the name pointed at until now; absent for a removed name. */
  previousSessionId: string | undefined;
  workspace: string;
}

/** Points a name at a conversation that it pointed at before, with the model and effort it had then. */
export async function restore(context: Context, request: RestoreRequest): Promise<Restored> {
  const found = await findMoves(context, request);
  const { scope, name, lines } = found;
  const { agent } = scope;
  const { movesAgo } = request;
  const before = await context.store.list(scope);
  refuse(context, before, found, movesAgo);
  const entry = movesAgo === undefined ? lastEntry(context, found) : entryAgo(context, found, movesAgo);
  const { sessionId } = entry;
  const known = found.moves.findLast((move) => move.entry !== undefined)?.entry;
  let previous: NameEntry | undefined = before.entries.get(name);
  const isThere = await pointAtKept(
    context,
    { agent, sessionId },
    () => isKept(context, agent, sessionId, lines),
    async () => {
      await context.store.update(scope, (names) => {
        refuse(context, names, found, movesAgo);
        previous = names.entries.get(name);
        return [{ op: "set", entry: withBudgetOf({ ...entry, name }, previous ?? known), reason: "restore" }];
      });
    },
    () => takeBack(context, found, entry, previous),
  );
  if (!isThere) throw lost(context, agent, name, sessionId);
  const { workspace } = scope;
  return { name, agent, sessionId, previousSessionId: previous?.sessionId, workspace };
}

/** The budget belongs to the name and not to what it pointed at: the last one applies. */
function withBudgetOf({ budget: _, ...entry }: NameEntry, last: NameEntry | undefined): NameEntry {
  return last?.budget === undefined ? entry : { ...entry, budget: last.budget };
}

/** Refuses the restore if the present names do not allow it. */
function refuse(context: Context, names: NameTable, found: FoundMoves, movesAgo: number | undefined): void {
  const { name } = found;
  const { workspace } = found.scope;
  const { step } = context.wording;
  refuseReserved(context, names, name);
  const there = findTwin(names, name);
  if (movesAgo === undefined && there !== undefined) {
    throw new AppError("name_exists", `The name ${JSON.stringify(name)} exists; it was not removed.`, {
      hint: `Point it at what it stood for before its last move with: ${step("restore", { name, movesAgo: 1, workspace })}   See all with: ${step("moves", { name, workspace })}`,
      facts: { name, session_id: there.sessionId },
    });
  }
  const to = found.moves.at(-1)?.renamedTo;
  const other = to === undefined ? undefined : names.entries.get(to);
  if (
    movesAgo === undefined &&
    other !== undefined &&
    other.sessionId === lastEntry(context, found).sessionId
  ) {
    throw new AppError(
      "name_exists",
      `${JSON.stringify(name)} was renamed to ${JSON.stringify(other.name)}, which exists.`,
      {
        hint: `Take that back with: ${step("rename", { name: other.name, newName: name, workspace })}   or give the conversation a second name with: ${step("restore", { name, movesAgo: 1, workspace })}`,
        facts: { name, renamed_to: other.name },
      },
    );
  }
}

function lastEntry(context: Context, found: FoundMoves): NameEntry {
  const { moves } = found;
  // A first turn that failed before the agent produced any output left nothing to continue.
  const isWorthIt = (_: NameMove, index: number) => moves[index + 1]?.reason !== "create failed";
  const entry = moves.filter(isWorthIt).findLast((move) => move.entry !== undefined)?.entry;
  if (entry === undefined)
    throw leadsNowhere(context, found, "No conversation with this name has ever begun.");
  return entry;
}

function entryAgo(context: Context, found: FoundMoves, movesAgo: number): NameEntry {
  const { moves } = found;
  if (!Number.isSafeInteger(movesAgo) || movesAgo < 1)
    throw leadsNowhere(
      context,
      found,
      `${movesAgo} is not a number of moves; 1 is the state before the last move.`,
    );
  const move: NameMove | undefined = moves.at(-1 - movesAgo);
  if (moves.length <= movesAgo || move === undefined) {
    const count = moves.length === 1 ? "1 move" : `${moves.length} moves`;
    throw leadsNowhere(context, found, `The name log has ${count} of this name.`);
  }
  if (move.entry === undefined)
    throw leadsNowhere(context, found, `${movesAgo} moves ago it pointed at nothing: it had been removed.`);
  return move.entry;
}

function leadsNowhere(context: Context, { name, scope }: FoundMoves, why: string): AppError {
  return new AppError("usage", `${JSON.stringify(name)} can't be restored to that state. ${why}`, {
    hint: `See where it has pointed with: ${context.wording.step("moves", { name, ...scope })}`,
  });
}

/**
 * Undoes the move to a conversation that was being removed at the same time, unless the name has moved since.
 */
async function takeBack(
  context: Context,
  { scope, name }: FoundMoves,
  entry: NameEntry,
  previous: NameEntry | undefined,
): Promise<void> {
  await context.store.update(scope, (names) => {
    if (names.entries.get(name)?.sessionId !== entry.sessionId) return [];
    if (previous === undefined) return [{ op: "remove", name, reason: "restore" }];
    return [{ op: "set", entry: previous, reason: "restore" }];
  });
}

function lost(context: Context, agent: string, name: string, sessionId: string): AppError {
  const { title, openCommand } = context.findAgent(agent);
  const open = openCommand?.(sessionId);
  return new AppError(
    "conversation_lost",
    `The conversation that ${JSON.stringify(name)} pointed at (${sessionId}) had no name for so long that its record and our copy were deleted.`,
    {
      hint: open && `${title} itself may still have it: ${quoteWords([open.file, ...open.args])}`,
      facts: { name, session_id: sessionId },
    },
  );
}
