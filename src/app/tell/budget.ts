import type { Budget } from "../../domain/budget/budget.ts";
import type { BudgetStanding } from "../../domain/budget/caps.ts";
import { AppError } from "../../domain/errors.ts";
import { entrySince } from "../../domain/names/renames.ts";
import { refuseDollars } from "../budget/caps.ts";
import { refuseMoreToAgents } from "../budget/check.ts";
import { budgetStanding } from "../budget/standing.ts";
import type { Context } from "../context.ts";
import { resolveName } from "../names/resolve.ts";

export interface BudgetQuery {
  name: string;
  workspace: string;
  agent?: string | undefined;
}

/** The budget of a name, and how the name stands with it. */
export interface NameBudget {
  name: string;
  agent: string;
  sessionId: string;
  workspace: string;
  /** Absent if no budget applies. */
  budget?: BudgetStanding | undefined;
}

/** Returns how a name stands with the budget that ends first: its own, or that of the settings. */
export async function readBudget(context: Context, query: BudgetQuery): Promise<NameBudget> {
  const { scope, entry } = await resolveName(context, query.workspace, query.name, query.agent);
  const { agent, workspace } = scope;
  await context.runner.refresh({ agent, sessionId: entry.sessionId });
  const budget = await budgetStanding(context, { agent, entry });
  return { name: entry.name, agent, sessionId: entry.sessionId, workspace, budget };
}

/**
 * Sets the budget of a name, or takes it off. It counts what the name has used before, too, and from the next turn on.
 *
 * @throws AppError `unsupported` for dollars where the agent tells none; `usage` in a turn of an agent that would raise it
 */
export async function changeBudget(
  context: Context,
  query: BudgetQuery & { budget: Budget | undefined },
): Promise<NameBudget> {
  const { budget } = query;
  const { scope, entry } = await resolveName(context, query.workspace, query.name, query.agent);
  if (budget !== undefined) refuseDollars(context.findAgent(scope.agent), [{ ...budget, from: "name" }]);
  await context.store.update(scope, (names) => {
    const now = entrySince(names, entry.name, entry.sessionId);
    if (now === undefined)
      throw new AppError("no_such_name", `The name ${JSON.stringify(entry.name)} was removed a moment ago.`, {
        hint: `See what there is with: ${context.wording.step("list")}`,
      });
    refuseMoreToAgents(context, budget, now.budget, budget === undefined);
    if (JSON.stringify(now.budget) === JSON.stringify(budget)) return [];
    const { budget: _, ...others } = now;
    const changed = budget === undefined ? others : { ...others, budget };
    return [{ op: "set", entry: changed, reason: "budget" }];
  });
  return readBudget(context, query);
}
