import { AppError } from "../../domain/errors.ts";
import { AlikeEvents } from "../../domain/turn/alike.ts";
import type { TurnEvent } from "../../domain/turn/turn.ts";
import { LineSplitter } from "../../system/lines/splitter.ts";
import type { Context } from "../context.ts";
import type { TurnResult } from "../turn/ending/result.ts";
import { eventsIn } from "../turn/running/read-spool.ts";
import { findTurn, type TurnQuery } from "./find.ts";

/** What an agent has done in a turn. */
export interface Logs {
  turnId: string;
  agent: string;
  /** Absent while the turn has not ended. */
  turn?: TurnResult | undefined;
  /** In order, without what the tools were called with, which may be long. */
  events: LoggedEvent[];
}

export type LoggedEvent = Extract<TurnEvent, { type: "tool" | "text" | "retry" | "warning" | "failure" }>;

const LOGGED = ["tool", "text", "retry", "warning", "failure"] as const;

/**
 * Reads the output of a turn of a name as far as it is there now; by default, of the turn that was requested last.
 *
 * @throws AppError as `findTurn` does; `no_such_turn` if the output of the turn is kept no more
 */
export async function logs(context: Context, query: TurnQuery): Promise<Logs> {
  const found = await findTurn(context, query);
  const { turnId } = found;
  const turn = found.state === "ended" ? found.result : undefined;
  const agent = context.findAgent(found.state === "ended" ? found.result.agent : found.scope.agent);
  const output = await context.runner.output(turnId);
  if (output === undefined) {
    const { name, agent: which, workspace } = query;
    throw new AppError("no_such_turn", `The output of turn ${turnId} has been deleted.`, {
      hint: `Its prompt and its answer are in: ${context.wording.step("history", { name, agent: which, workspace })}`,
      facts: { turn_id: turnId, name },
    });
  }
  const events: LoggedEvent[] = [];
  const alike = new AlikeEvents();
  const take = (lines: Iterable<Buffer>) => {
    for (const some of eventsIn(agent, lines, (type) => LOGGED.some((one) => one === type)))
      for (const event of some.flatMap((one) => alike.take(one)))
        if (isLogged(event)) events.push(withoutInput(event));
  };
  try {
    const splitter = new LineSplitter();
    for await (const chunk of output.chunks(Promise.resolve())) take(splitter.push(chunk));
    take(splitter.rest());
  } finally {
    output.close();
  }
  return { turnId, agent: agent.name, turn, events };
}

function isLogged(event: TurnEvent): event is LoggedEvent {
  return LOGGED.some((type) => type === event.type);
}

function withoutInput(event: LoggedEvent): LoggedEvent {
  if (event.type !== "tool") return event;
  const { input: _, ...rest } = event;
  return rest;
}
