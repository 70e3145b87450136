import type { Agent } from "../../domain/agent/agent.ts";
import { asBudget, budgetText } from "../../domain/budget/budget.ts";
import type { Cap } from "../../domain/budget/caps.ts";
import { AppError } from "../../domain/errors.ts";
import type { NameEntry } from "../../domain/names/name.ts";
import { settingsCommand } from "../wording.ts";

/**
 * Returns the budgets that apply to a name: its own, and those that the settings give to every name.
 *
 * @throws AppError `state_newer` for a budget that this version can't read: it must not be taken for none
 */
export function capsOf(entry: Pick<NameEntry, "name" | "budget">, ofSettings: readonly Cap[] = []): Cap[] {
  if (entry.budget === undefined) return [...ofSettings];
  const own = asBudget(entry.budget);
  if (own === undefined)
    throw new AppError(
      "state_newer",
      `The name ${JSON.stringify(entry.name)} has a budget that this version does not understand.`,
      { hint: "Update agent-sessions." },
    );
  return [{ ...own, from: "name" }, ...ofSettings];
}

/** @throws AppError `unsupported` for a budget in dollars where the agent tells none */
export function refuseDollars(agent: Agent, caps: readonly Cap[]): void {
  const inDollars = caps.find(({ unit }) => unit === "usd");
  if (inDollars === undefined || agent.costs === "dollars") return;
  const whose = inDollars.from === "name" ? "" : ` (in the ${inDollars.from}'s settings)`;
  throw new AppError(
    "unsupported",
    `${agent.title} tells no dollars, so a budget of ${budgetText(inDollars)}${whose} can't be kept.`,
    {
      hint:
        inDollars.from === "name"
          ? "Give a budget in tokens, such as 200ktok."
          : `Set one in tokens for this agent: ${agent.name}.budget, such as 200ktok. See what applies with: ${settingsCommand("list")}`,
    },
  );
}
