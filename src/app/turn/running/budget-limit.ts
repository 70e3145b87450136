import type { Agent } from "../../../domain/agent/agent.ts";
import { TokensTold } from "../../../domain/budget/tokens-told.ts";
import type { EventType, TurnFailure } from "../../../domain/turn/turn.ts";
import type { OpenTurn } from "../../../stores/file/turns/turns.ts";
import { follow } from "../../../system/lines/follow.ts";
import { readLines } from "../../../system/lines/read.ts";
import { LineSplitter } from "../../../system/lines/splitter.ts";
import { eventsIn } from "./read-spool.ts";

const isUsage = (type: EventType) => type === "usage";

/**
 * Returns the failure of a turn that has used all that the budget of its name had left, as far as its agent has told by
 * now; undefined otherwise, and for a turn that is not ended for that.
 */
export function overspendOf(agent: Agent, { folder, plan }: OpenTurn): TurnFailure | undefined {
  const { endsAtTokens } = plan;
  if (endsAtTokens === undefined) return undefined;
  const { path, from } = folder.spool();
  const told = new TokensTold();
  add(agent, told, readLines(path, from));
  return failureAt(told, endsAtTokens);
}

/**
 * Follows what a turn tells of its usage until the turn is over, if it is to be ended at a budget. A reader of its own: a
 * slow listener delays the reading of the output, not this.
 */
export async function watchBudget(
  agent: Agent,
  { folder, plan: { endsAtTokens } }: OpenTurn,
  over: Promise<unknown>,
  onOverspend: (failure: TurnFailure) => void,
): Promise<void> {
  if (endsAtTokens === undefined) return;
  const { path, from } = folder.spool();
  const told = new TokensTold();
  const splitter = new LineSplitter();
  for await (const chunk of follow(path, over, from)) {
    add(agent, told, splitter.push(chunk));
    const failure = failureAt(told, endsAtTokens);
    if (failure !== undefined) return onOverspend(failure);
  }
}

function add(agent: Agent, told: TokensTold, lines: Iterable<Buffer>): void {
  for (const events of eventsIn(agent, lines, isUsage)) for (const event of events) told.add(event);
}

function failureAt({ tokens }: TokensTold, endsAtTokens: number): TurnFailure | undefined {
  if (tokens < endsAtTokens) return undefined;
  return {
    code: "stopped_at_budget",
    message: `The turn has used ${tokens} tokens; the budget had ${endsAtTokens} left. The turn was ended.`,
    hint: "Raise the budget, or ask for less at once.",
  };
}
