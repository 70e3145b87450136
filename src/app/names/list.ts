import type { NameEntry, NameScope } from "../../domain/names/name.ts";
import { namePattern } from "../../domain/names/pattern.ts";
import type { UnendedTurn } from "../../domain/runner.ts";
import { isWorkspaceGone, requireFolder } from "../../system/places/workspace.ts";
import type { Context } from "../context.ts";
import { type BusyWindow, busyWindows } from "../turn/open-windows.ts";
import { type NamedConversation, namedConversation } from "./named.ts";
import { keyOf, tablesOf, tablesOfAll } from "./tables.ts";

export const SORTINGS = ["used", "name", "created"] as const;
/** The order in which names are listed. */
export type Sorting = (typeof SORTINGS)[number];

/** A name, and whether its conversation is busy. */
export interface ListedName extends NamedConversation {
  /** Whether the workspace's folder no longer exists. */
  isGone: boolean;
  /** Since when a turn has been running in the conversation; absent if none runs. ISO 8601. */
  busySince?: string | undefined;
  /** What has the conversation open while no turn of ours runs: a window, or a turn of another program. */
  window?: BusyWindow | undefined;
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
  const agents = context.agentsOf(agent).map(({ name }) => name);
  const unended = await context.runner.unended({ workspace, agent });
  const running = unended.filter(({ state, scope }) => state !== "queued" && isMeant(scope));
  const busy = new Map(running.map((turn) => [keyOf(turn.scope.agent, turn.sessionId), turn.since]));
  const fits = pattern === undefined ? () => true : namePattern(pattern);
  const found: FoundName[] = [];
  let hasNames = false;
  const tables =
    workspace === undefined ? tablesOfAll(context, isMeant) : tablesOf(context, workspace, agents);
  for await (const { scope, table } of tables) {
    const isGone = isWorkspaceGone(scope.workspace);
    hasNames ||= table.entries.size > 0;
    for (const entry of table.entries.values()) {
      if (fits(entry.name)) found.push({ scope, entry, isGone });
    }
  }
  const creating = running.flatMap((turn) => {
    const { name, scope, since, sessionId } = turn;
    // A turn of `once` will have no name.
    if (name === undefined || sessionId !== undefined || !fits(name)) return [];
    return [{ name, agent: scope.agent, since, workspace: scope.workspace }];
  });
  if (workspace !== undefined && !hasNames && creating.length === 0) requireFolder(workspace);
  found.sort(ORDERS[sort]);
  const shown = found.slice(0, limit);
  const windows = windowsOf(context, shown, running);
  const names = shown.map(({ scope, entry, isGone }) => {
    const busySince = busy.size === 0 ? undefined : busy.get(keyOf(scope.agent, entry.sessionId));
    const window = busySince === undefined ? windows.get(scope.agent)?.get(entry.sessionId) : undefined;
    // A spread of what was made a moment ago takes three times as long, and there may be ten thousand names.
    return Object.assign(namedConversation(scope, entry), { isGone, busySince, window });
  });
  return { names, total: found.length, creating };
}

interface FoundName {
  scope: NameScope;
  entry: NameEntry;
  isGone: boolean;
}

function windowsOf(context: Context, names: readonly FoundName[], running: readonly UnendedTurn[]) {
  const leaders = running.flatMap(({ pid }) => pid ?? []);
  const windows = new Map<string, ReturnType<typeof busyWindows>>();
  for (const agent of new Set(names.map(({ scope }) => scope.agent))) {
    const ids = names.flatMap(({ scope, entry }) => (scope.agent === agent ? entry.sessionId : []));
    windows.set(agent, busyWindows(context, context.findAgent(agent), ids, leaders));
  }
  return windows;
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
