import type { Agent } from "../../domain/agent/agent.ts";
import { parseJson } from "../../domain/parse-json.ts";
import { type Counters, growthOf, sumUsage, type Usage } from "../../domain/turn/usage.ts";
import { readHead, readLines } from "../../system/lines/read.ts";
import type { Context } from "../context.ts";
import { locateTranscript } from "./transcript.ts";

/**
 * Returns the usage of a turn by the agent's transcript: the sum of all usage after the first `from` bytes. If the agent
 * also counts, it continues from what its transcript says, and may know of calls that the transcript lacks: then its
 * `counters` at the end of the turn decide, unless they say less. Undefined where nothing is known.
 */
export function usageInTranscript(
  context: Context,
  agent: Agent,
  sessionId: string | undefined,
  from: number,
  counters?: Counters,
): Usage | undefined {
  if (agent.readUsage === undefined || sessionId === undefined) return undefined;
  const path = locateTranscript(context, agent, sessionId);
  if (path === undefined) return undefined;
  const added = usagesIn(agent, readLines(path, from));
  const sum = added.length === 0 ? undefined : sumUsage(added);
  if (counters === undefined) return sum;
  const before = sumUsage(usagesIn(agent, readHead(path, from)));
  return growthOf({ "": before }, counters, sum) ?? sum;
}

function usagesIn({ readUsage }: Agent, lines: Iterable<Buffer>): Usage[] {
  return Array.from(lines, (line) => readUsage?.(parseJson(line))).filter((usage) => usage !== undefined);
}
