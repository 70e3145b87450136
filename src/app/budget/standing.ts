import { type BudgetStanding, standingsOf } from "../../domain/budget/caps.ts";
import type { NameEntry } from "../../domain/names/name.ts";
import type { Context } from "../context.ts";
import { capsOf } from "./caps.ts";
import { spentBy } from "./spent.ts";

/**
 * Returns how a name stands with the budget that ends first; undefined where none applies. Reads nothing then.
 *
 * @param ofSettings whether the budget in the settings counts, too: they are those of one folder
 */
export async function budgetStanding(
  context: Context,
  { agent, entry }: { agent: string; entry: NameEntry },
  ofSettings = true,
): Promise<BudgetStanding | undefined> {
  const settings = ofSettings ? context.defaults?.ofAgents[agent]?.files.caps : undefined;
  const caps = capsOf(entry, settings).filter(
    ({ unit }) => unit === "tokens" || context.findAgent(agent).costs === "dollars",
  );
  if (caps.length === 0) return undefined;
  const [first] = standingsOf(caps, await spentBy(context, { agent, sessionId: entry.sessionId }));
  return first;
}
