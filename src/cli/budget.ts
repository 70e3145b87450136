import { type Command, InvalidArgumentError } from "commander";
import { BUDGET_TAKES, type Budget, parseBudget } from "../domain/budget/budget.ts";

export interface BudgetFlags {
  budget?: Budget;
}

/** Adds the option of every command that begins a conversation under a name. */
export function withBudget(command: Command, which = ""): Command {
  return command.option(
    "--budget <amount>",
    `${which}what the name may use in all, such as 5usd or 200ktok; then no turn begins any more (see: budget)`,
    parseBudgetOption,
  );
}

export function parseBudgetOption(text: string): Budget {
  const budget = parseBudget(text);
  if (budget === undefined) throw new InvalidArgumentError(`It takes ${BUDGET_TAKES}.`);
  return budget;
}
