import type { BudgetStanding } from "../../../domain/budget/caps.ts";
import { AppError } from "../../../domain/errors.ts";
import type { NameEntry, NameScope } from "../../../domain/names/name.ts";
import { namePattern } from "../../../domain/names/pattern.ts";
import { eachOf, isAmong, type Workspaces } from "../../../domain/names/workspaces.ts";
import type { UnendedTurn } from "../../../domain/runner.ts";
import type { Glance } from "../../../domain/store.ts";
import type { Activity } from "../../../domain/turn/activity.ts";
import { isWorkspaceGone, requireFolder } from "../../../system/places/workspace.ts";
import { budgetStanding } from "../../budget/standing.ts";
import type { Context } from "../../context.ts";
import { busyWindows } from "../../turn/open-windows.ts";
import { type NamedConversation, namedConversation } from "../named.ts";
import { keyOf, tablesOf, tablesOfAll } from "../tables.ts";
import { type Standing, standingOf } from "./state.ts";

export const SORTINGS = ["used", "name", "created"] as const;
/** The order in which names are listed. */
export type Sorting = (typeof SORTINGS)[number];

/** A name, and how its conversation stands. */
export interface ListedName extends NamedConversation, Standing {
  /** Whether the workspace's folder no longer exists. */
  isGone: boolean;
  /** How it stands with its own budget, without that of the settings; absent if it has none. */
  budget?: BudgetStanding | undefined;
}

/** The names of a workspace, or of all workspaces. */
export interface Listing {
  /** In the requested order. */
  names: ListedName[];
  /** The number of names without the limit. */
  total: number;
  /** Names whose conversation has no id yet; `since` is ISO 8601. */
  creating: { name: string; agent: string; since: string; workspace: string }[];
}

export interface ListRequest {
  workspace: Workspaces;
  agent?: string | undefined;
  pattern?: string | undefined;
  sort?: Sorting | undefined;
  limit?: number | undefined;
}

/** Of all workspaces, those whose names can't be read are left out and notified about. */
export async function list(context: Context, request: ListRequest): Promise<Listing> {
  const { found, total, turns, creating } = await findNames(context, request);
  const running = turns.filter(({ state }) => state !== "queued");
  const windows = windowsOf(context, found, running);
  const busy = new Map(running.map((turn) => [keyOf(turn.scope.agent, turn.sessionId), turn]));
  const queued = new Map<string, number>();
  for (const { state, scope, sessionId } of turns) {
    const key = keyOf(scope.agent, sessionId);
    if (state === "queued") queued.set(key, (queued.get(key) ?? 0) + 1);
  }
  const shown = new Map<string, { prompt: string | undefined; doing: Activity | undefined }>();
  for (const { turnId } of running) {
    const [prompt, progress] = await Promise.all([
      context.runner.prompt(turnId),
      context.runner.progress(turnId),
    ]);
    shown.set(turnId, { prompt, doing: progress?.doing });
  }
  const glances = await glancesOf(context, found);
  const names = found.map(({ scope, entry, isGone }): ListedName => {
    const { agent } = scope;
    const { sessionId } = entry;
    const key = keyOf(agent, sessionId);
    const turn = busy.size === 0 ? undefined : busy.get(key);
    const now = {
      running: turn,
      ...shown.get(turn?.turnId ?? ""),
      queued: queued.size === 0 ? 0 : (queued.get(key) ?? 0),
      window: turn === undefined ? windows.get(agent)?.get(sessionId) : undefined,
    };
    const glance = glances.get(agent)?.get(sessionId);
    // A spread of what was made a moment ago takes three times as long, and there may be ten thousand names.
    return Object.assign(
      namedConversation(scope, entry),
      { isGone },
      standingOf(context, { agent, sessionId }, now, glance),
    );
  });
  for (const [at, { scope, entry }] of found.entries()) {
    const listed = names[at];
    if (listed === undefined || entry.budget === undefined) continue;
    // What is wrong with one conversation is told by the command that needs it.
    listed.budget = await budgetStanding(context, { agent: scope.agent, entry }, false).catch(unlessWrong);
  }
  return { names, total, creating };
}

function unlessWrong(error: unknown): undefined {
  if (!(error instanceof AppError)) throw error;
}

/** Returns the names alone, in the requested order. */
export async function listBriefly(context: Context, request: ListRequest): Promise<NamedConversation[]> {
  const { found } = await findNames(context, request);
  return found.map(({ scope, entry }) => namedConversation(scope, entry));
}

interface Found extends Pick<Listing, "total" | "creating"> {
  /** In the requested order, up to the limit. */
  found: FoundName[];
  /** The turns in their folders that have not ended. */
  turns: UnendedTurn[];
}

async function findNames(context: Context, request: ListRequest): Promise<Found> {
  const { workspace, agent, pattern, sort = "used", limit } = request;
  const isMeant = (scope: NameScope) =>
    scope.mappingFile === undefined &&
    isAmong(workspace, scope.workspace) &&
    (agent === undefined || scope.agent === agent);
  const agents = context.agentsOf(agent).map(({ name }) => name);
  const unended = await context.runner.unended({ workspace, agent });
  const turns = unended.filter(({ scope }) => isMeant(scope));
  const fits = pattern === undefined ? () => true : namePattern(pattern);
  const found: FoundName[] = [];
  let hasNames = false;
  const tables =
    workspace === undefined ? tablesOfAll(context, isMeant) : tablesOf(context, eachOf(workspace), agents);
  for await (const { scope, table } of tables) {
    const isGone = isWorkspaceGone(scope.workspace);
    hasNames ||= table.entries.size > 0;
    for (const entry of table.entries.values()) {
      if (fits(entry.name)) found.push({ scope, entry, isGone });
    }
  }
  const creating = turns.flatMap((turn) => {
    const { name, scope, since, sessionId } = turn;
    // A turn of `once` will have no name; one that waits in a conversation knows which.
    if (name === undefined || sessionId !== undefined || !fits(name)) return [];
    return [{ name, agent: scope.agent, since, workspace: scope.workspace }];
  });
  const [nearest] = workspace === undefined ? [] : eachOf(workspace);
  if (nearest !== undefined && !hasNames && creating.length === 0) requireFolder(nearest);
  found.sort(ORDERS[sort]);
  return { found: found.slice(0, limit), total: found.length, turns, creating };
}

async function glancesOf(context: Context, names: readonly FoundName[]) {
  const found = new Map<string, Map<string, Glance>>();
  for (const [agent, ids] of idsByAgent(names)) found.set(agent, await context.store.glances(agent, ids));
  return found;
}

interface FoundName {
  scope: NameScope;
  entry: NameEntry;
  isGone: boolean;
}

function windowsOf(context: Context, names: readonly FoundName[], running: readonly UnendedTurn[]) {
  const leaders = running.flatMap(({ pid }) => pid ?? []);
  const windows = new Map<string, ReturnType<typeof busyWindows>>();
  for (const [agent, ids] of idsByAgent(names))
    windows.set(agent, busyWindows(context, context.findAgent(agent), ids, leaders));
  return windows;
}

function idsByAgent(names: readonly FoundName[]): Map<string, string[]> {
  const ids = new Map<string, string[]>();
  for (const { scope, entry } of names) {
    const known = ids.get(scope.agent);
    if (known === undefined) ids.set(scope.agent, [entry.sessionId]);
    else known.push(entry.sessionId);
  }
  return ids;
}

type Order = (left: FoundName, right: FoundName) => number;

const byName: Order = (left, right) =>
  compare(left.entry.name, right.entry.name) ||
  compare(left.scope.workspace, right.scope.workspace) ||
  compare(left.scope.agent, right.scope.agent);

const ORDERS: Record<Sorting, Order> = {
  name: byName,
  used: (left, right) => compare(usedAt(right), usedAt(left)) || byName(left, right),
  created: (left, right) =>
    compare(right.entry.createdAt ?? "", left.entry.createdAt ?? "") || byName(left, right),
};

function usedAt({ entry }: FoundName): string {
  return entry.usedAt ?? entry.createdAt ?? "";
}

function compare(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}

/** A name with the names that were forked from it, in the order of the list they came from. */
export interface FamilyTree {
  listed: ListedName;
  forks: FamilyTree[];
}

/**
 * Groups names by descent. Skips unnamed conversations in between: one that was cleared, or whose name was
 * removed.
 */
export async function familyTrees(context: Context, names: readonly ListedName[]): Promise<FamilyTree[]> {
  const trees = new Map<string, FamilyTree>();
  for (const listed of names) trees.set(keyOf(listed.agent, listed.sessionId), { listed, forks: [] });
  const roots: FamilyTree[] = [];
  for (const tree of trees.values()) {
    const { agent, sessionId } = tree.listed;
    const seen = new Set([sessionId]);
    let parent: FamilyTree | undefined;
    for (let id = await parentOf(context, agent, sessionId); id !== undefined && !seen.has(id); ) {
      seen.add(id);
      parent = trees.get(keyOf(agent, id));
      if (parent !== undefined) break;
      id = await parentOf(context, agent, id);
    }
    (parent?.forks ?? roots).push(tree);
  }
  return roots;
}

/** Maps each name to the name that it was forked from; roots are absent. */
export function parentsOf(trees: readonly FamilyTree[]): Map<ListedName, ListedName> {
  return new Map(
    trees.flatMap(({ listed, forks }) => [
      ...forks.map((fork) => [fork.listed, listed] as const),
      ...parentsOf(forks),
    ]),
  );
}

async function parentOf(context: Context, agent: string, sessionId: string): Promise<string | undefined> {
  return (await context.store.session({ agent, sessionId }).record())?.parentId;
}
