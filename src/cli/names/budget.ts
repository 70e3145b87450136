import { changeBudget, type NameBudget, readBudget } from "../../app/tell/budget.ts";
import { BUDGET_TAKES, type Budget, parseBudget } from "../../domain/budget/budget.ts";
import { AppError } from "../../domain/errors.ts";
import { defineCommand } from "../command.ts";
import { type CommonOptions, withCommon } from "../options.ts";
import { budgetWords } from "../output/budget.ts";
import { placeOf } from "../place.ts";

export const budgetCommand = defineCommand({
  name: "budget",
  args: [
    ["<name>", "the name of the conversation"],
    [
      "[amount]",
      "what it may use in all: 5usd, 10tok, 200ktok or 2Mtok; tokens are those in and out together",
    ],
  ],
  summary: "limit what a conversation may use",
  description:
    "Shows or sets how much a name may use. Everything counts that cost NAME counts, also from before the budget was set. Once it is used up, no turn begins (exit 2, over_budget); the turn that crosses it runs to its end, unless it was sent with --stop-at-budget. The budget belongs to the name: a rename takes it along, a fork begins without one.",
  examples: [
    "agent-sessions budget review-src",
    "agent-sessions budget review-src 5usd",
    "agent-sessions budget review-src 200ktok",
    "agent-sessions budget review-src --off",
  ],
  options(command) {
    withCommon(command.option("--off", "take the budget off"));
  },
  async run(io, name: string, amount: string | undefined, flags: CommonOptions & { off?: boolean }) {
    if (amount !== undefined && flags.off)
      throw new AppError("usage", "Give either an amount, or --off.", {
        hint: "--off takes the budget off; without both, it is shown.",
      });
    const budget = amount === undefined ? undefined : budgetOf(amount);
    const context = io.openContext();
    const query = { name, ...(await placeOf(io, context, flags, name)) };
    const isChange = budget !== undefined || flags.off === true;
    const now = isChange
      ? await changeBudget(context, { ...query, budget })
      : await readBudget(context, query);
    return {
      json: { type: "agent_sessions.budget", ...now, budget: now.budget ?? null },
      text: isChange ? `${wordsOf(now)}\n` : ({ out }) => out(`${wordsOf(now)}\n`),
    };
  },
});

/** @throws AppError `usage` */
function budgetOf(amount: string): Budget {
  const budget = parseBudget(amount);
  if (budget !== undefined) return budget;
  throw new AppError("usage", `${JSON.stringify(amount)} is no budget; it takes ${BUDGET_TAKES}.`, {
    hint: "To take a budget off, use: agent-sessions budget NAME --off",
  });
}

function wordsOf({ name, budget }: NameBudget): string {
  if (budget === undefined) return `${JSON.stringify(name)} has no budget.`;
  return `${JSON.stringify(name)}: ${budgetWords(budget)}`;
}
