import type { Agent } from "../../domain/agent/agent.ts";
import { parseJson } from "../../domain/parse-json.ts";
import type { Counters } from "../../domain/turn/usage.ts";
import { readTail } from "../../system/lines/read.ts";
import type { Conversation } from "./conversation.ts";
import type { Readiness } from "./transcript.ts";

/** How much of the transcript's end is searched for the agent's last totals. */
const TAIL_BYTES = 1024 * 1024;

/**
 * Returns the counters that an agent continues from, read from the transcript, if others may have changed
 * them since our last record. Undefined where our recorded counters are still valid, and where the
 * transcript's end has none.
 */
export function countersSince({ agent, known }: Conversation, ready: Readiness): Counters | undefined {
  const isKnown = known.counters !== undefined && ready.foreignBytes === 0;
  return isKnown ? undefined : newestCounters(agent, ready);
}

/** Returns the last counters in a transcript's end; undefined where there are none. */
export function newestCounters(agent: Agent, { path }: Readiness): Counters | undefined {
  if (path === undefined || agent.readCounters === undefined) return undefined;
  let newest: Counters | undefined;
  for (const line of readTail(path, TAIL_BYTES)) newest = agent.readCounters(parseJson(line)) ?? newest;
  return newest;
}
