import type { Agent } from "../../../domain/agent/agent.ts";
import type { TranscriptEvent } from "../../../domain/agent/transcript.ts";
import { parseJson } from "../../../domain/parse-json.ts";
import type { Continuity, TurnFailure } from "../../../domain/turn/turn.ts";
import type { TurnPlan } from "../../../stores/file/turns/plan.ts";
import { readLines } from "../../../system/lines/read.ts";
import type { Context } from "../../context.ts";
import { locateTranscript } from "../../conversation/transcript.ts";

export interface CheckedId {
  /** The conversation the turn belongs to; if the ids differ without a valid reason, the one of the name. */
  sessionId: string | undefined;
  continuity: Continuity;
  failure?: TurnFailure;
}

/**
 * Decides which conversation a turn belongs to that the agent ran under the id `told`. Accepts a new id only
 * for a verified reason: the prompt asked to start over, or the new transcript begins with the first message
 * of the old one. Otherwise the turn ran in the wrong conversation.
 */
export function checkSessionId(
  context: Context,
  agent: Agent,
  plan: TurnPlan,
  prompt: string,
  told: string | undefined,
): CheckedId {
  const { sessionId: expected, continuity, forkOf } = plan;
  if (forkOf !== undefined && told !== undefined) {
    const failure = checkFork(context, agent, forkOf, told);
    if (failure !== undefined) return { sessionId: expected, continuity, failure };
  }
  if (expected === undefined || told === undefined || told === expected) {
    return { sessionId: expected ?? told, continuity };
  }
  if (agent.startsOver(prompt)) return { sessionId: told, continuity: "cleared" };
  const before = beginning(context, agent, expected);
  if (before !== undefined && isSameBeginning(before, beginning(context, agent, told))) {
    return { sessionId: told, continuity: "rotated" };
  }
  return { sessionId: expected, continuity, failure: mismatch(agent, plan, expected, told) };
}

/** Checks that a fork has a new id and begins like its parent. */
function checkFork(context: Context, agent: Agent, parentId: string, told: string): TurnFailure | undefined {
  const code = "conversation_changed";
  if (told === parentId) {
    const message = `${agent.title} continued conversation ${parentId} instead of forking it. No name was created.`;
    return { code, message, hint: "Check the agent's version: it may not know how to fork." };
  }
  const begun = beginning(context, agent, told);
  // Without both transcripts there is nothing to compare.
  const expected = beginning(context, agent, parentId);
  if (begun === undefined || expected === undefined) return undefined;
  const isReference = begun.type === "forked" && begun.from === parentId;
  const isCopy = isSameBeginning(begun, expected);
  if (isReference || isCopy) return undefined;
  const message = `${agent.title} forked conversation ${parentId} without its history. No name was created.`;
  return { code, message, hint: "Check that the agent still has the conversation, then fork again." };
}

/**
 * Returns the first event of a transcript that shows the conversation's origin: a prompt, or a reference to
 * another conversation.
 */
function beginning(context: Context, agent: Agent, sessionId: string): TranscriptEvent | undefined {
  const path = locateTranscript(context, agent, sessionId);
  if (path === undefined) return undefined;
  for (const line of readLines(path)) {
    const event = agent.readTranscript?.(parseJson(line));
    if (event?.type === "prompt" || event?.type === "forked") return event;
  }
  return undefined;
}

function isSameBeginning(left: TranscriptEvent, right: TranscriptEvent | undefined): boolean {
  return left.type === "prompt" && right?.type === "prompt" && left.text === right.text;
}

function mismatch(agent: Agent, plan: TurnPlan, expected: string, told: string): TurnFailure {
  const code = "conversation_changed";
  if (plan.kind === "create") {
    return {
      code,
      message: `${agent.title} began conversation ${told} instead of ${expected}. No name was created.`,
      hint: "A wrapper may drop the id. Give a wrapper that passes all arguments on.",
    };
  }
  return {
    code,
    message: `${agent.title} ran the turn in conversation ${told} instead of ${expected}. The name still points at ${expected}.`,
    hint: "Nothing of this turn is in the named conversation. Check the agent's version, then send again.",
  };
}
