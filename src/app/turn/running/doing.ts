import type { Agent } from "../../../domain/agent/agent.ts";
import { TokensTold } from "../../../domain/budget/tokens-told.ts";
import { type Activity, ActivityWatch } from "../../../domain/turn/activity.ts";
import { eventsIn } from "./read-spool.ts";

/** Returns what an agent does, by the end of its output; undefined if that does not show it. */
export function doingBy(agent: Agent, lines: Iterable<Buffer>): Activity | undefined {
  const watch = new ActivityWatch();
  for (const events of eventsIn(agent, lines)) for (const event of events) watch.take(event);
  return watch.now.what === "starting" ? undefined : watch.now;
}

/** Returns how many tokens the answers of a turn have used, by all of its output; undefined where none are told. */
export function tokensBy(agent: Agent, lines: Iterable<Buffer>): number | undefined {
  const told = new TokensTold();
  for (const events of eventsIn(agent, lines, (type) => type === "usage"))
    for (const event of events) told.add(event);
  return told.tokens === 0 ? undefined : told.tokens;
}
