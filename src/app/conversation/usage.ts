import type { Agent } from "../../domain/agent/agent.ts";
import { parseJson } from "../../domain/parse-json.ts";
import { sumUsage, type Usage } from "../../domain/turn/usage.ts";
import { readLines } from "../../system/lines/read.ts";
import type { Context } from "../context.ts";
import { locateTranscript } from "./transcript.ts";

/**
 * Returns the usage of a turn by the agent's transcript: the sum of all usage after the first `from` bytes.
 * Undefined where the transcript has none.
 */
export function usageInTranscript(
  context: Context,
  agent: Agent,
  sessionId: string | undefined,
  from: number,
): Usage | undefined {
  if (agent.readUsage === undefined || sessionId === undefined) return undefined;
  const path = locateTranscript(context, agent, sessionId);
  if (path === undefined) return undefined;
  const parts: Usage[] = [];
  for (const line of readLines(path, from)) {
    const usage = agent.readUsage(parseJson(line));
    if (usage !== undefined) parts.push(usage);
  }
  return parts.length === 0 ? undefined : sumUsage(parts);
}
