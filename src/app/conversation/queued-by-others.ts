import { parseJson } from "../../domain/parse-json.ts";
import { isSameText } from "../../domain/turn/evidence.ts";
import type { Counters } from "../../domain/turn/usage.ts";
import type { TurnPlan } from "../../stores/file/turns/plan.ts";
import { readLines } from "../../system/lines/read.ts";
import type { Conversation } from "./conversation.ts";
import { findTurnStart } from "./evidence.ts";

/** The messages that others had queued for a conversation and that the agent took before a turn's prompt. */
export interface QueuedByOthers {
  /** The number of messages between the turn's beginning and its prompt. */
  prompts: number;
  /** The agent's counters when it reached the prompt, if those messages have changed them. */
  counters?: Counters;
}

/** Returns undefined where there were none, and where the prompt can't be found. */
export function queuedByOthers(
  conversation: Conversation,
  plan: TurnPlan,
  prompt: string,
): QueuedByOthers | undefined {
  const { agent, key } = conversation;
  if (agent.takesQueued !== true || plan.kind !== "send" || plan.sessionId !== key.sessionId)
    return undefined;
  const start = findTurnStart(conversation, plan);
  if (start === undefined) return undefined;
  let prompts = 0;
  let counters: Counters | undefined;
  for (const line of readLines(start.path, start.from)) {
    const value = parseJson(line);
    const event = agent.readTranscript?.(value);
    if (event?.type === "prompt") {
      if (isSameText(event.text, prompt))
        return prompts === 0 ? undefined : { prompts, ...(counters === undefined ? {} : { counters }) };
      prompts += 1;
    }
    counters = agent.readCounters?.(value) ?? counters;
  }
  return undefined;
}
