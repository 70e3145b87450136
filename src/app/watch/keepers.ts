import { setTimeout as sleep } from "node:timers/promises";
import { AppError } from "../../domain/errors.ts";
import { isAmong, type Workspaces } from "../../domain/names/workspaces.ts";
import type { UnendedTurn } from "../../domain/runner.ts";
import { standingOf } from "../../system/processes/identity.ts";
import type { Context } from "../context.ts";
import { type LivingKeeper, livingKeepers, workOf } from "../turn/waiting/keeper.ts";
import { type TurnQuery, unendedTurns } from "./find.ts";

/** How long a keeper that runs no turn may take to end. */
const END_MS = 3_000;
const LOOK_MS = 20;

/** A process that keeps the detached turns of a conversation. */
export interface Keeper {
  pid: number;
  /** The name that the turn it was started for was sent to. */
  name: string;
  agent: string;
  workspace: string;
  sessionId: string;
  /** ISO 8601. */
  since: string;
  /** Whether a turn of it runs now. */
  isRunning: boolean;
  /** Whether it keeps an agent warm. */
  isWarm: boolean;
  /** How many turns wait for it. */
  queued: number;
}

/** Which keepers are meant. */
export interface KeepersMeant {
  workspace?: Workspaces;
  agent?: string | undefined;
  name?: string | undefined;
}

/** Returns the accepted turns that have not begun, in order, and the keepers that live. */
export async function keepers(
  context: Context,
  meant: KeepersMeant,
): Promise<{ turns: UnendedTurn[]; keepers: Keeper[] }> {
  const { workspace, agent } = meant;
  const unended = await context.runner.unended({ workspace, agent });
  return {
    turns: unended.filter(({ state }) => state === "queued"),
    keepers: keepersNow(context, meant),
  };
}

/** Returns the keepers that live. */
export function keepersNow(context: Context, meant: KeepersMeant): Keeper[] {
  return viewsOf(context, keepersOf(context, meant));
}

/**
 * Asks keepers to end. One that runs a turn ends after that turn; all others are gone when this resolves. What they kept
 * waits for the next command. Returns them as they were asked.
 *
 * @throws AppError `no_such_turn` if a name was given that has no keeper
 */
export async function stopKeepers(context: Context, meant: KeepersMeant): Promise<Keeper[]> {
  const found = keepersOf(context, meant);
  const { name } = meant;
  if (found.length === 0 && name !== undefined)
    throw new AppError("no_such_turn", `No keeper runs for ${JSON.stringify(name)}.`, {
      hint: `See what runs and what is queued with: ${context.wording.step("status", { everywhere: true })}`,
      facts: { name },
    });
  const views = viewsOf(context, found);
  for (const { folder } of found) folder.askToStop(context.newUuid());
  const idle = found.filter((_, at) => views[at]?.isRunning === false);
  const startedMs = performance.now();
  const lives = ({ record }: LivingKeeper) => standingOf(record.process) === "alive";
  while (idle.some(lives) && performance.now() - startedMs < END_MS) await sleep(LOOK_MS);
  return views;
}

/**
 * Runs the accepted turns of a name from here that nobody sees to, in order, with the environment of this process.
 * Resolves with all queued turns of the name, once each is given to a keeper.
 *
 * @throws AppError `no_such_turn` if the name has none; `folder_missing` if their folder is gone
 */
export async function runWaiting(context: Context, query: TurnQuery): Promise<UnendedTurn[]> {
  const queued = (await unendedTurns(context, query)).filter(({ state }) => state === "queued");
  for (const { turnId } of queued) await context.runner.run(turnId);
  if (queued.length > 0) return queued;
  const { name } = query;
  throw new AppError("no_such_turn", `No turn of ${JSON.stringify(name)} is queued.`, {
    hint: `See what runs and what is queued with: ${context.wording.step("status", { everywhere: true })}`,
    facts: { name },
  });
}

function keepersOf(context: Context, { workspace, agent, name }: KeepersMeant): LivingKeeper[] {
  return livingKeepers(context).filter(
    ({ record }) =>
      isAmong(workspace, record.workspace) &&
      (agent === undefined || record.agent === agent) &&
      (name === undefined || record.name === name),
  );
}

function viewsOf(context: Context, found: readonly LivingKeeper[]): Keeper[] {
  return workOf(context, found).map(({ process, isWarm = false, ...keeper }) => {
    const { name, agent, workspace, sessionId, since, isRunning, queued } = keeper;
    return { pid: process.pid, name, agent, workspace, sessionId, since, isWarm, isRunning, queued };
  });
}
