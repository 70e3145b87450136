import type { Agent } from "../../domain/agent/agent.ts";
import { type Budget, budgetText, mayAllowMore } from "../../domain/budget/budget.ts";
import { type BudgetStanding, type Cap, standingsOf } from "../../domain/budget/caps.ts";
import { NOTHING_SPENT } from "../../domain/budget/spent.ts";
import { AppError } from "../../domain/errors.ts";
import type { NameEntry } from "../../domain/names/name.ts";
import type { Context } from "../context.ts";
import { refuseAgents } from "../only-people.ts";
import { settingsCommand } from "../wording.ts";
import { capsOf, refuseDollars } from "./caps.ts";
import { spentBy } from "./spent.ts";

/** What a turn may do with the budget of its name. */
export interface BudgetOptions {
  /** What the settings allow every name. */
  caps?: readonly Cap[] | undefined;
  /** Begin the turn even though the budget is used up. */
  overBudget?: boolean | undefined;
  /** End the turn once it has used up the budget. */
  stopAtBudget?: boolean | undefined;
}

/** The conversation that a turn is to run in, and the names whose budgets count. */
interface Meant {
  agent: Agent;
  /** Absent for a conversation that has not begun, which has used nothing. */
  sessionId?: string | undefined;
  names: readonly Pick<NameEntry, "name" | "budget">[];
  workspace: string;
  /** Whether the caller holds the lock of the conversation, so that what is added up can be kept. */
  isHeld?: boolean;
}

/**
 * Refuses a turn for which the budget of its name leaves nothing. Without a budget nothing is read. Under the lock of the
 * conversation, every earlier turn counts: the turn that crosses the budget is the last one.
 *
 * @returns how many tokens the turn may use before it is ended; undefined if it is not ended for that
 * @throws AppError `over_budget`; `unsupported` where the agent does not tell what the budget counts; `usage` to stop at a
 * budget that there is not
 */
export async function checkBudget(
  context: Context,
  meant: Meant,
  { caps: ofSettings, overBudget = false, stopAtBudget = false }: BudgetOptions,
): Promise<number | undefined> {
  const { agent, sessionId, names, workspace, isHeld } = meant;
  const own = names.flatMap((entry) => capsOf(entry));
  const caps = [...own, ...(names.length === 0 ? [] : (ofSettings ?? []))];
  if (overBudget) return undefined;
  if (caps.length > 0) refuseDollars(agent, caps);
  if (stopAtBudget) refuseToStop(context, agent, caps);
  if (caps.length === 0) return undefined;
  const spent =
    sessionId === undefined
      ? NOTHING_SPENT
      : await spentBy(context, { agent: agent.name, sessionId }, isHeld);
  const standings = standingsOf(caps, spent);
  const over = standings.find(({ isOver }) => isOver);
  if (over !== undefined) throw overBudgetError(context, over, names[0]?.name ?? "", workspace);
  return stopAtBudget ? standings.find(({ unit }) => unit === "tokens")?.left : undefined;
}

/** Returns a name that has not begun, with the budget that it will have. */
export function withBudget(name: string, budget: Budget | undefined): Pick<NameEntry, "name" | "budget"> {
  return budget === undefined ? { name } : { name, budget };
}

/** @throws AppError `usage` in a turn of an agent: a budget that its agent may go over would be none */
export function refuseOverBudgetToAgents(context: Context, { overBudget }: BudgetOptions): void {
  if (overBudget) refuseAgents(context, context.wording.choice({ overBudget: true }), "go over a budget");
}

/** @throws AppError `usage` in a turn of an agent that would give itself more than the name may use */
export function refuseMoreToAgents(
  context: Context,
  budget: Budget | undefined,
  before: Budget | undefined,
  isOff = false,
): void {
  if (before === undefined || (budget === undefined && !isOff) || !mayAllowMore(budget, before)) return;
  refuseAgents(context, "budget", `raise a budget of ${budgetText(before)} or take it off`);
}

function refuseToStop({ wording }: Context, agent: Agent, caps: readonly Cap[]): void {
  if (caps.length === 0)
    throw new AppError("usage", "There is no budget at which the turn could be ended.", {
      hint: `Set one with: ${wording.step("setBudget", { name: "NAME" })}`,
    });
  const why =
    agent.tellsUsage === undefined
      ? `${agent.title} tells what a turn has used only at its end`
      : caps.every(({ unit }) => unit === "usd")
        ? `${agent.title} tells dollars only at the end of a turn`
        : undefined;
  if (why !== undefined)
    throw new AppError("unsupported", `${why}, so a turn can't be ended at its budget.`, {
      hint: "Without that, the turn that crosses the budget runs to its end and is the last one.",
    });
}

function overBudgetError(
  { wording: { step } }: Context,
  over: BudgetStanding,
  name: string,
  workspace: string,
): AppError {
  const { amount, unit, limit, used, isLowerBound, unknownTurns, from } = over;
  const about = { name, workspace };
  const much = unit === "usd" ? `$${used.toFixed(4)}` : `${used} tokens`;
  const whose = from === "name" ? "its budget of" : `what the ${from}'s settings allow every name here,`;
  const unknown = unknownTurns === 1 ? "1 turn" : `${unknownTurns} turns`;
  const least = isLowerBound ? ` The usage of ${unknown} is unknown and not counted.` : "";
  const raise = from === "name" ? step("setBudget", about) : raiseSettings(from);
  return new AppError(
    "over_budget",
    `${JSON.stringify(name)} has used ${isLowerBound ? "at least " : ""}${much} of ${whose} ${amount}.${least} Nothing was sent.`,
    {
      hint: `See more with: ${step("show", about)}   Raise it with: ${raise}   or go over it once with: ${step("send", { ...about, overBudget: true })}`,
      facts: {
        name,
        budget: amount,
        unit,
        limit,
        used,
        is_lower_bound: isLowerBound,
        unknown_turns: unknownTurns,
        from,
      },
    },
  );
}

function raiseSettings(from: "repository" | "user"): string {
  return `${settingsCommand("set", from === "repository")} budget AMOUNT`;
}
