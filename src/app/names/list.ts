import type { NameEntry, NameScope } from "../../domain/names/name.ts";
import { namePattern } from "../../domain/names/pattern.ts";
import { isWorkspaceGone, requireFolder } from "../../system/places/workspace.ts";
import type { Context } from "../context.ts";
import { type BusyWindow, busyWindows } from "../turn/open-windows.ts";
import { type RunningTurn, scopeOf, sessionIdOf, settleTurns } from "../turn/settle.ts";
import { tablesOf, tablesOfAll } from "./tables.ts";

export const SORTINGS = ["used", "name", "created"] as const;
/** The order in which names are listed. */
export type Sorting = (typeof SORTINGS)[number];

export interface ListedName {
  entry: NameEntry;
  agent: string;
  workspace: string;
  /** Whether the workspace's folder is no longer there. */
  isGone: boolean;
  /** When the running turn of the conversation began, ISO 8601; absent without one. */
  busySince?: string;
  /** What has the conversation open while no turn of ours runs: a window, or a foreign turn. */
  window?: BusyWindow;
}

export interface Listing {
  names: ListedName[];
  /** How many names there are without the limit. */
  total: number;
  /** Names whose conversation has no id yet. */
  creating: { name: string; agent: string; since: string; workspace: string }[];
}

export interface ListRequest {
  /** Without one: all workspaces of this user. */
  workspace: string | undefined;
  agent?: string | undefined;
  pattern?: string | undefined;
  sort?: Sorting | undefined;
  limit?: number | undefined;
}

/** Of all workspaces, those whose names can't be read are left out and notified about. */
export async function list(context: Context, request: ListRequest): Promise<Listing> {
  const { workspace, agent, pattern, sort = "used", limit } = request;
  const isMeant = (scope: NameScope) =>
    scope.mappingFile === undefined &&
    (workspace === undefined || scope.workspace === workspace) &&
    (agent === undefined || scope.agent === agent);
  const agents = (agent === undefined ? context.agents : [context.findAgent(agent)]).map(({ name }) => name);
  const { running } = await settleTurns(context, (turn) => isMeant(scopeOf(turn)));
  const since = new Map(running.map((turn) => [keyOf(turn.plan.scope.agent, sessionIdOf(turn)), turn]));
  const fits = pattern === undefined ? () => true : namePattern(pattern);
  const found: ListedName[] = [];
  let hasNames = false;
  const tables =
    workspace === undefined ? tablesOfAll(context, isMeant) : tablesOf(context, workspace, agents);
  for await (const { scope, table } of tables) {
    const isGone = isWorkspaceGone(scope.workspace);
    hasNames ||= table.entries.size > 0;
    for (const entry of table.entries.values()) {
      if (!fits(entry.name)) continue;
      const busySince = since.get(keyOf(scope.agent, entry.sessionId))?.plan.startedAt;
      const listed = { entry, agent: scope.agent, workspace: scope.workspace, isGone };
      found.push(busySince === undefined ? listed : { ...listed, busySince });
    }
  }
  const creating = running
    .filter((turn) => isUnnamed(turn) && fits(turn.plan.name ?? ""))
    .map(({ plan: { name = "", scope, startedAt } }) => {
      return { name, agent: scope.agent, since: startedAt, workspace: scope.workspace };
    });
  if (workspace !== undefined && !hasNames && creating.length === 0) requireFolder(workspace);
  found.sort(ORDERS[sort]);
  const names = limit === undefined ? found : found.slice(0, limit);
  return { names: withWindows(context, names, running), total: found.length, creating };
}

function withWindows(
  context: Context,
  names: readonly ListedName[],
  running: readonly RunningTurn[],
): ListedName[] {
  const leaders = running.flatMap(({ folder }) => folder.agentProcess()?.pid ?? []);
  const windows = new Map<string, ReturnType<typeof busyWindows>>();
  for (const agent of new Set(names.map((listed) => listed.agent))) {
    const ids = names.flatMap((listed) => (listed.agent === agent ? listed.entry.sessionId : []));
    windows.set(agent, busyWindows(context, context.findAgent(agent), ids, leaders));
  }
  return names.map((listed) => {
    const window = windows.get(listed.agent)?.get(listed.entry.sessionId);
    return window === undefined || listed.busySince !== undefined ? listed : { ...listed, window };
  });
}

function keyOf(agent: string, sessionId: string | undefined): string {
  return `${agent}\0${sessionId}`;
}

function isUnnamed(turn: RunningTurn): boolean {
  return sessionIdOf(turn) === undefined;
}

type Order = (left: ListedName, right: ListedName) => number;

const byName: Order = (left, right) =>
  compare(left.entry.name, right.entry.name) ||
  compare(left.workspace, right.workspace) ||
  compare(left.agent, right.agent);

const ORDERS: Record<Sorting, Order> = {
  name: byName,
  used: (left, right) => compare(usedAt(right), usedAt(left)) || byName(left, right),
  created: (left, right) =>
    compare(right.entry.createdAt ?? "", left.entry.createdAt ?? "") || byName(left, right),
};

function usedAt({ entry }: ListedName): string {
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
  const keyOf = (agent: string, sessionId: string) => `${agent}\0${sessionId}`;
  for (const listed of names) trees.set(keyOf(listed.agent, listed.entry.sessionId), { listed, forks: [] });
  const roots: FamilyTree[] = [];
  for (const tree of trees.values()) {
    const { agent, entry } = tree.listed;
    const seen = new Set([entry.sessionId]);
    let parent: FamilyTree | undefined;
    for (let id = await parentOf(context, agent, entry.sessionId); id !== undefined && !seen.has(id); ) {
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
