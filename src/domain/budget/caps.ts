import { both, object, oneOf, type Shape } from "../shape.ts";
import { asBudget, type Budget, type BudgetUnit, budgetText } from "./budget.ts";
import { type Spent, usedOf } from "./spent.ts";

/** Who has set a budget: a person for the name, or a settings file for every name. */
export type BudgetSource = (typeof SOURCES)[number];

const SOURCES = ["name", "repository", "user"] as const;

/** A budget that applies to a name. */
export interface Cap extends Budget {
  from: BudgetSource;
}

export const asCap: Shape<Cap> = both(asBudget, object({ from: oneOf(SOURCES) }));

/** How a name stands with the budget that ends first. */
export interface BudgetStanding {
  /** The budget, as `5usd` or `200ktok`. */
  amount: string;
  unit: BudgetUnit;
  limit: number;
  /** Dollars, or tokens in and out; at least this much, if `isLowerBound`. */
  used: number;
  /** 0 if it is used up. */
  left: number;
  /** Whether no turn begins any more. */
  isOver: boolean;
  /** Whether the usage of some turns is unknown. */
  isLowerBound: boolean;
  /** The number of these turns. */
  unknownTurns: number;
  from: BudgetSource;
}

/** Returns the budgets that apply: the smaller one of those in the same unit; the name's own first where they are equal. */
export function smallestCaps(caps: readonly Cap[]): Cap[] {
  return caps.filter(
    (cap, at) =>
      !caps.some(
        (other, before) =>
          other.unit === cap.unit &&
          (other.amount < cap.amount || (other.amount === cap.amount && before < at)),
      ),
  );
}

/** Returns how the budgets stand, the one that ends first at the beginning. */
export function standingsOf(caps: readonly Cap[], spent: Spent): BudgetStanding[] {
  return smallestCaps(caps)
    .map((cap) => standingOf(cap, spent))
    .sort((left, right) => right.used / right.limit - left.used / left.limit);
}

function standingOf(cap: Cap, spent: Spent): BudgetStanding {
  const { used, missing } = usedOf(spent, cap.unit);
  const { unit, amount: limit, from } = cap;
  return {
    amount: budgetText(cap),
    unit,
    limit,
    used,
    // Dollars such as 0.3 - 0.1 would otherwise have seventeen digits.
    left: Number(Math.max(0, limit - used).toFixed(9)),
    isOver: used >= limit,
    isLowerBound: missing > 0,
    unknownTurns: missing,
    from,
  };
}
