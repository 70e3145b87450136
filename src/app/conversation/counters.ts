import type { Agent } from "../../domain/agent/agent.ts";
import type { KnownState } from "../../domain/session/known-state.ts";
import type { Counters } from "../../domain/turn/usage.ts";
import { parseJson } from "../../system/lines/json.ts";
import { readTail } from "../../system/lines/read.ts";
import type { Readiness } from "./transcript.ts";

/** What an agent may have written since it last told its totals; further back they are not looked for. */
const TAIL_BYTES = 1024 * 1024;

/**
 * The counters that an agent goes on from in a conversation, where others have moved them since we knew them: they
 * are in its transcript. Undefined where those that we know are still good, and where the agent writes none down
 * or has not for long.
 */
export function countersSince(
  agent: Agent,
  { counters }: KnownState,
  ready: Readiness,
): Counters | undefined {
  const isKnown = counters !== undefined && ready.foreignBytes === 0;
  return isKnown ? undefined : newestCounters(agent, ready);
}

/** The counters that a transcript told last; undefined where the agent writes none down or has not for long. */
export function newestCounters(agent: Agent, { path }: Readiness): Counters | undefined {
  if (path === undefined || agent.readCounters === undefined) return undefined;
  let newest: Counters | undefined;
  for (const line of readTail(path, TAIL_BYTES)) newest = agent.readCounters(parseJson(line)) ?? newest;
  return newest;
}
