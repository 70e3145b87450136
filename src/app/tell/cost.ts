import type { BudgetStanding } from "../../domain/budget/caps.ts";
import { isAmong, type Workspaces } from "../../domain/names/workspaces.ts";
import { sumUsage, type Usage } from "../../domain/turn/usage.ts";
import { OnceLog } from "../../stores/file/once-log.ts";
import { budgetStanding } from "../budget/standing.ts";
import type { Context } from "../context.ts";
import { ownKeysOf } from "../conversation/lineage.ts";
import { resolveName } from "../names/resolve.ts";
import { type CountedTurn, countedTurns } from "./counted-turns.ts";

export const GROUPINGS = ["name", "day", "turn", "model", "agent", "workspace"] as const;
/** How turns are grouped. A `day` is a UTC date, such as `2026-11-21`, a `turn` a turn id; an unknown model is empty. */
export type Grouping = (typeof GROUPINGS)[number];

export interface CostRequest {
  workspace: Workspaces;
  /**
   * Only this name's conversation, with those that it replaced by `/clear`, by a rotation of the agent, or
   * because they were lost. Needs one workspace.
   */
  name?: string | undefined;
  agent?: string | undefined;
  since?: Date | undefined;
  by?: Grouping | undefined;
}

/** What some turns have cost. `usage` is a lower bound when `unknownTurns` is not zero. */
export interface Cost {
  turns: number;
  /** Turns that ended without reporting their usage. */
  unknownTurns: number;
  usage: Usage;
}

/** What turns have cost, by group and in total. */
export interface Costs {
  /** The most expensive first: by dollars if the agents report them, then by tokens. Turns: the oldest first. */
  groups: (Cost & {
    key: string;
    /**
     * The workspace of a name, if all workspaces were requested: the same name elsewhere is another
     * conversation.
     */
    workspace?: string;
  })[];
  total: Cost;
  /** How the name stands with its budget, whatever `since` is; absent if it has none, or if no name is given. */
  budget?: BudgetStanding | undefined;
}

interface PlacedTurn extends CountedTurn {
  /** Empty if it is not on record. */
  workspace: string;
}

/** Counts each turn once, failed turns too. Inherited history of a fork counts only for its parent. */
export async function cost(context: Context, request: CostRequest): Promise<Costs> {
  const { since, by = "name" } = request;
  const { turns: all, budget } = await turnsOf(context, request);
  const turns = all.filter(({ at }) => since === undefined || Date.parse(at) >= since.getTime());
  const isPlaced = by === "name" && typeof request.workspace !== "string" && request.workspace?.length !== 1;
  const groups = new Map<string, { key: string; workspace?: string; members: PlacedTurn[] }>();
  for (const turn of turns) {
    const { workspace } = turn;
    const key = by === "day" ? turn.at.slice(0, 10) : by === "turn" ? turn.turnId : turn[by];
    const id = isPlaced ? `${key}\0${workspace}` : key;
    const group = groups.get(id) ?? { key, ...(isPlaced ? { workspace } : {}), members: [] };
    group.members.push(turn);
    groups.set(id, group);
  }
  const inOrder = [...groups].sort(([left], [right]) => (left < right ? -1 : 1));
  const summed = inOrder.map(([, { members, ...whose }]) => ({ ...whose, ...addUp(members) }));
  return {
    groups:
      by === "turn"
        ? oldestFirst(turns, summed)
        : summed.sort((left, right) => weigh(right.usage, left.usage)),
    total: addUp(turns),
    budget,
  };
}

async function turnsOf(
  context: Context,
  { workspace, name, agent }: CostRequest,
): Promise<{ turns: PlacedTurn[]; budget?: BudgetStanding | undefined }> {
  await context.runner.refresh({ workspace });
  if (name !== undefined && typeof workspace === "string") {
    const { scope, entry } = await resolveName(context, workspace, name, agent);
    const found: PlacedTurn[] = [];
    for (const key of await ownKeysOf(context, { agent: scope.agent, sessionId: entry.sessionId })) {
      for (const turn of await countedTurns(context.store, key)) found.push({ ...turn, workspace });
    }
    return { turns: found, budget: await budgetStanding(context, { agent: scope.agent, entry }) };
  }
  const found: PlacedTurn[] = [];
  for await (const key of context.store.sessions()) {
    if (agent !== undefined && key.agent !== agent) continue;
    const where = (await context.store.session(key).record())?.workspace;
    if (workspace !== undefined && (where === undefined || !isAmong(workspace, where))) continue;
    for (const turn of await countedTurns(context.store, key))
      found.push({ ...turn, workspace: where ?? "" });
  }
  for (const { turnId, at, model = "", usage, ...ended } of new OnceLog(context.home).read()) {
    if (!isAmong(workspace, ended.workspace)) continue;
    if (agent === undefined || agent === ended.agent)
      found.push({
        turnId,
        at,
        name: "(once)",
        agent: ended.agent,
        workspace: ended.workspace,
        model,
        usage,
      });
  }
  return { turns: found };
}

function oldestFirst<Group extends { key: string }>(turns: readonly PlacedTurn[], groups: Group[]): Group[] {
  const times = new Map(turns.map(({ turnId, at }) => [turnId, at]));
  const timeOf = ({ key }: Group) => times.get(key) ?? "";
  return groups.sort((left, right) => (timeOf(left) < timeOf(right) ? -1 : 1));
}

function addUp(turns: readonly PlacedTurn[]): Cost {
  const told = turns.flatMap(({ usage }) => (usage === undefined ? [] : [usage]));
  return { turns: turns.length, unknownTurns: turns.length - told.length, usage: sumUsage(told) };
}

function weigh(left: Usage, right: Usage): number {
  const tokens = ({ inputTokens, outputTokens }: Usage) => inputTokens + outputTokens;
  return (left.costUsd ?? 0) - (right.costUsd ?? 0) || tokens(left) - tokens(right);
}
