import type { BudgetStanding } from "../../domain/budget/caps.ts";
import { formatTokens } from "./numbers.ts";

/** Returns how a name stands with its budget, on one line. */
export function budgetWords(standing: BudgetStanding): string {
  const { amount, unit, limit, used, isOver, isLowerBound, unknownTurns, from } = standing;
  const much = unit === "usd" ? `$${used.toFixed(used < 1 ? 4 : 2)}` : `${formatTokens(used)} tokens`;
  const unknown = unknownTurns === 1 ? "1 turn" : `${unknownTurns} turns`;
  return [
    isOver ? "used up: " : "",
    isLowerBound ? "at least " : "",
    `${much} of ${amount} (${Math.floor((used / limit) * 100)}%)`,
    isLowerBound ? `; the usage of ${unknown} is unknown` : "",
    from === "name" ? "" : `; set in the ${from}'s settings`,
  ].join("");
}
