import { AppError } from "../domain/errors.ts";
import { quoteWord } from "../domain/posix-words.ts";
import type { TurnFolder } from "../stores/turn-folder.ts";
import type { OpenTurn, QueuedTurn } from "../stores/turns.ts";
import type { Context } from "./context.ts";
import { type ResolvedName, resolveName } from "./resolve-name.ts";
import { type RunningTurn, settleTurns } from "./settle.ts";
import { namedTurn, TurnNames } from "./turn-names.ts";
import { asTurnResult, resultOf, type TurnResult } from "./turn-result.ts";
import { isTurnId } from "./turn-ticket.ts";

export interface TurnQuery {
  name: string;
  workspace: string;
  agent?: string | undefined;
  /** Which of the name's turns; without it, the one that was asked for last. */
  turnId?: string | undefined;
}

/** A turn of a name that has not ended. */
export interface UnendedTurn {
  state: "running" | "queued";
  turnId: string;
  agent: string;
  folder: TurnFolder;
  /** Present when it runs. */
  running?: RunningTurn;
}

/** A turn of a name, wherever it is in its life. */
export type FoundTurn =
  | UnendedTurn
  | { state: "ended"; turnId: string; agent: string; folder: TurnFolder; result: TurnResult };

/**
 * The turns of a name that have not ended, those that run before those that wait, each in order of arrival.
 * What nobody works on any more is settled first.
 *
 * @throws AppError `ambiguous_name` when two agents have turns of that name.
 */
export async function unendedTurns(
  context: Context,
  { name, workspace, agent, turnId }: TurnQuery,
): Promise<UnendedTurn[]> {
  const names = await TurnNames.of(context, workspace, agent);
  const spellings = [name, name.trim().normalize("NFC")];
  // Whoever was told of a turn knows it by the name that it was sent to.
  const isByOldName = turnId !== undefined || !spellings.some((spelling) => names.isTaken(spelling));
  const isMeant = (turn: OpenTurn | QueuedTurn) => {
    const sent = namedTurn(turn);
    const called = [names.nameNow(sent), ...(isByOldName ? [sent.name, acceptedName(turn.folder)] : [])];
    return (
      spellings.some((spelling) => called.includes(spelling)) &&
      sent.scope.workspace === workspace &&
      (agent === undefined || sent.scope.agent === agent)
    );
  };
  const settled = await settleTurns(context, isMeant);
  const queued = settled.queued
    .filter(isMeant)
    .sort((left, right) => (left.accepted.arrival < right.accepted.arrival ? -1 : 1));
  const all: UnendedTurn[] = [
    ...settled.running.map(runningTurn),
    ...queued.map(({ folder, accepted: { turnId, scope } }) => {
      return { state: "queued" as const, turnId, agent: scope.agent, folder };
    }),
  ];
  const found = turnId === undefined ? all : all.filter((turn) => turn.turnId === turnId);
  const agents = new Set(found.map((turn) => turn.agent));
  if (agents.size > 1) {
    throw new AppError(
      "ambiguous_name",
      `${[...agents].join(" and ")} both have a turn in ${JSON.stringify(name)} here.`,
      { hint: "Say which with --agent." },
    );
  }
  return found;
}

/**
 * Finds a turn of a name.
 *
 * @throws AppError `no_such_name`, `ambiguous_name`, `no_such_turn`
 */
export async function findTurn(context: Context, query: TurnQuery): Promise<FoundTurn> {
  const { name, workspace, agent, turnId } = query;
  const unended = await unendedTurns(context, query);
  if (turnId === undefined) {
    const newest = unended.at(-1);
    if (newest !== undefined) return newest;
  } else {
    const found = unended.find((turn) => turn.turnId === turnId);
    if (found !== undefined) return found;
    const result = isTurnId(turnId) ? settledResult(context, turnId) : undefined;
    if (result?.workspace === workspace && (await wasSentTo(context, result, name)))
      return endedTurn(context, result);
  }
  // What never began, or never came to a conversation, is in no journal.
  const kept = turnId === undefined ? newestSettled(context, query) : undefined;
  let resolved: ResolvedName;
  try {
    resolved = await resolveName(context, workspace, name, agent);
  } catch (error) {
    const isGone = error instanceof AppError && error.code === "no_such_name";
    if (isGone && kept !== undefined) return endedTurn(context, kept);
    throw error;
  }
  const { scope, entry } = resolved;
  const written = await resultInJournal(context, scope.agent, entry.sessionId, turnId);
  const isKeptNewer = kept !== undefined && kept.startedAt > (written?.startedAt ?? "");
  const result = isKeptNewer ? kept : written;
  if (result !== undefined) return endedTurn(context, result);
  const what = turnId === undefined ? "No turn of ours" : `No turn ${JSON.stringify(turnId)}`;
  throw new AppError("no_such_turn", `${what} has run in ${JSON.stringify(name)}.`, {
    hint: `See those that have with: agent-sessions history ${quoteWord(name)}`,
    facts: { name, turn_id: turnId ?? null },
  });
}

/** How many of the newest kept turns are looked through for one of a name. */
const MOST_KEPT = 200;

function newestSettled(context: Context, { name, workspace, agent }: TurnQuery): TurnResult | undefined {
  let newest: TurnResult | undefined;
  for (const turnId of context.turns.settledIds().slice(-MOST_KEPT)) {
    const result = settledResult(context, turnId);
    const isMeant =
      result?.name === name &&
      result.workspace === workspace &&
      (agent === undefined || result.agent === agent);
    if (isMeant && result.startedAt >= (newest?.startedAt ?? "")) newest = result;
  }
  return newest;
}

/** Whether a turn that has ended was sent to a name, under whatever name that went then. */
async function wasSentTo(context: Context, result: TurnResult, name: string): Promise<boolean> {
  const folder = context.turns.findSettled(result.turnId);
  if (result.name === name || acceptedName(folder) === name) return true;
  const plan = folder.plan();
  const sessionId = plan?.sessionId ?? result.sessionId;
  if (plan === undefined || sessionId === undefined) return false;
  const names = await TurnNames.of(context, plan.scope.workspace, plan.scope.agent);
  return names.nameNow({ ...plan, name: plan.name, sessionId }) === name;
}

/** The name that somebody was told of a turn under, before it ran under another. */
function acceptedName(folder: TurnFolder): string | undefined {
  return folder.accepted()?.name;
}

/** The result of a turn whose folder was kept for whoever comes back. */
export function settledResult(context: Context, turnId: string): TurnResult | undefined {
  return asTurnResult(context.turns.findSettled(turnId).ending());
}

/** The result of a turn as its conversation's journal has it; without an id, that of the last one. */
export async function resultInJournal(
  context: Context,
  agent: string,
  sessionId: string,
  turnId: string | undefined,
): Promise<TurnResult | undefined> {
  const session = context.store.session({ agent, sessionId });
  const turns = await session.journal.read();
  const ended = turnId === undefined ? turns.at(-1) : turns.find((turn) => turn.turnId === turnId);
  if (ended === undefined) return undefined;
  const workspace = (await session.record())?.workspace ?? context.cwd;
  return resultOf(ended, { agent, workspace, sessionId });
}

function runningTurn(running: RunningTurn): UnendedTurn {
  const { folder, plan } = running;
  return { state: "running", turnId: plan.turnId, agent: plan.scope.agent, folder, running };
}

function endedTurn(context: Context, result: TurnResult): FoundTurn {
  const { turnId, agent } = result;
  return { state: "ended", turnId, agent, folder: context.turns.findSettled(turnId), result };
}
