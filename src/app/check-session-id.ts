import type { Agent } from "../domain/agent.ts";
import type { Continuity, TurnFailure } from "../domain/turn.ts";
import type { TurnPlan } from "../stores/turn-plan.ts";
import { findFile } from "../system/find-file.ts";
import { parseJson } from "../system/json-lines.ts";
import { readLines } from "../system/read-lines.ts";
import type { Context } from "./context.ts";

export interface CheckedId {
  /** The conversation the turn belongs to; where the ids disagree without a reason, the one the name has. */
  sessionId: string | undefined;
  continuity: Continuity;
  failure?: TurnFailure;
}

/**
 * Decides what it means that an agent ran a turn under `told`. A new id is followed only for a reason that
 * was verified: the prompt asked to start over, or the new transcript begins with the old one's first
 * message. Anything else is a turn in the wrong conversation.
 */
export function checkSessionId(
  context: Context,
  agent: Agent,
  plan: TurnPlan,
  prompt: string,
  told: string | undefined,
): CheckedId {
  const { sessionId: expected, continuity } = plan;
  if (expected === undefined || told === undefined || told === expected) {
    return { sessionId: expected ?? told, continuity };
  }
  if (agent.startsOver(prompt)) return { sessionId: told, continuity: "cleared" };
  const before = firstUserMessage(context, agent, expected);
  if (before !== undefined && before === firstUserMessage(context, agent, told)) {
    return { sessionId: told, continuity: "rotated" };
  }
  return { sessionId: expected, continuity, failure: mismatch(agent, plan, expected, told) };
}

function firstUserMessage(context: Context, agent: Agent, sessionId: string): string | undefined {
  const { root, folders, file } = agent.transcript(sessionId, context.env);
  const path = findFile(root, folders, file);
  if (path === undefined) return undefined;
  for (const line of readLines(path)) {
    const event = agent.readTranscript(parseJson(line));
    if (event?.type === "prompt") return event.text;
  }
  return undefined;
}

function mismatch(agent: Agent, plan: TurnPlan, expected: string, told: string): TurnFailure {
  const code = "conversation_changed";
  if (plan.kind === "create") {
    return {
      code,
      message: `${agent.title} began conversation ${told}, although ${expected} was asked for. Nothing was named.`,
      hint: "A wrapper may drop --session-id. Give a wrapper that passes all arguments on.",
    };
  }
  return {
    code,
    message: `${agent.title} ran the turn in conversation ${told} instead of ${expected}. The name still points at ${expected}.`,
    hint: "Nothing of this turn is in the named conversation. Check the agent's version, then send again.",
  };
}
