import { object, oneOf, type Shape } from "../shape.ts";

export const BUDGET_UNITS = ["usd", "tokens"] as const;
/** What a budget counts: dollars as the agent tells them, or tokens in and out. */
export type BudgetUnit = (typeof BUDGET_UNITS)[number];

/** How much a name may use: dollars as its agent tells them, or tokens in and out together. */
export interface Budget {
  unit: BudgetUnit;
  /** Above 0; tokens are whole. */
  amount: number;
}

const isAmount = (value: unknown): value is number =>
  typeof value === "number" && value > 0 && value <= Number.MAX_SAFE_INTEGER;

export const asBudget: Shape<Budget> = object({
  unit: oneOf(BUDGET_UNITS),
  amount: (value) => (isAmount(value) ? value : undefined),
});

/** What a budget is written as, as it follows "it takes" in a message. */
export const BUDGET_TAKES = "an amount above 0 and its unit, such as 5usd, 10tok, 200ktok or 2Mtok";

/** No more decimals than JavaScript prints without an exponent. */
const WRITTEN = /^(\d{1,15}(?:\.\d{1,6})?) ?(usd|tok|ktok|mtok)$/i;

const KILO = 1_000;
const MEGA = 1_000_000;
const TOKENS: Record<string, number | undefined> = { tok: 1, ktok: KILO, mtok: MEGA };

/** Returns the budget that a text such as `5usd` or `200ktok` means; undefined if it means none. */
export function parseBudget(text: string): Budget | undefined {
  const [, digits = "", word = ""] = WRITTEN.exec(text.trim()) ?? [];
  if (digits === "") return undefined;
  const tokens = TOKENS[word.toLowerCase()];
  if (tokens === undefined) return asBudget({ unit: "usd", amount: Number(digits) });
  return asBudget({ unit: "tokens", amount: Math.round(Number(digits) * tokens) });
}

/** Returns a budget as `parseBudget` reads it. */
export function budgetText({ unit, amount }: Budget): string {
  if (unit === "usd") return `${amount}usd`;
  if (amount % MEGA === 0) return `${amount / MEGA}Mtok`;
  return amount % KILO === 0 ? `${amount / KILO}ktok` : `${amount}tok`;
}

/** Whether a budget allows more than another one; of two units, nobody knows. */
export function mayAllowMore(budget: Budget | undefined, before: Budget): boolean {
  return budget === undefined || budget.unit !== before.unit || budget.amount > before.amount;
}
