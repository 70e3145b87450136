import { amount, object, type Shape } from "../shape.ts";
import { asUsage, isNothing, NOTHING, sumUsage, type Usage } from "../turn/usage.ts";
import type { BudgetUnit } from "./budget.ts";

/** What turns have used together. */
export interface Spent {
  turns: number;
  /** Turns of which nothing is known. */
  unknownTurns: number;
  /** Turns that have told their tokens, and no dollars. */
  turnsWithoutDollars: number;
  usage: Usage;
}

export const asSpent: Shape<Spent> = object({
  turns: amount,
  unknownTurns: amount,
  turnsWithoutDollars: amount,
  usage: asUsage,
});

export const NOTHING_SPENT: Spent = { turns: 0, unknownTurns: 0, turnsWithoutDollars: 0, usage: NOTHING };

/** Adds turns to what others have used. */
export function addTurns(before: Spent, turns: readonly { usage?: Usage | undefined }[]): Spent {
  const told = turns.flatMap(({ usage }) => (usage === undefined ? [] : [usage]));
  const undollared = told.filter((usage) => usage.costUsd === undefined && !isNothing(usage));
  return {
    turns: before.turns + turns.length,
    unknownTurns: before.unknownTurns + turns.length - told.length,
    turnsWithoutDollars: before.turnsWithoutDollars + undollared.length,
    usage: sumUsage([before.usage, ...told]),
  };
}

export function sumSpent(parts: readonly Spent[]): Spent {
  return {
    turns: sum(parts.map(({ turns }) => turns)),
    unknownTurns: sum(parts.map(({ unknownTurns }) => unknownTurns)),
    turnsWithoutDollars: sum(parts.map(({ turnsWithoutDollars }) => turnsWithoutDollars)),
    usage: sumUsage(parts.map(({ usage }) => usage)),
  };
}

function sum(counts: readonly number[]): number {
  return counts.reduce((total, count) => total + count, 0);
}

/** How much of a unit was used: at least this much, if `missing` turns have not told theirs. */
export function usedOf({ usage, ...spent }: Spent, unit: BudgetUnit): { used: number; missing: number } {
  if (unit === "usd")
    return { used: usage.costUsd ?? 0, missing: spent.unknownTurns + spent.turnsWithoutDollars };
  return { used: tokensOf(usage), missing: spent.unknownTurns };
}

/** Tokens as budgets count them: in and out, without what the agent counts apart as read from its cache. */
export function tokensOf({ inputTokens, outputTokens }: Pick<Usage, "inputTokens" | "outputTokens">): number {
  return inputTokens + outputTokens;
}
