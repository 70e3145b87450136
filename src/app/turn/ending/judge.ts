import { diagnose } from "../../../agents/diagnosis.ts";
import type { Agent } from "../../../domain/agent/agent.ts";
import { endBy } from "../../../domain/turn/cancellation.ts";
import type { TurnEvidence } from "../../../domain/turn/evidence.ts";
import { answerOf, type Folded } from "../../../domain/turn/fold.ts";
import type { AgentExit, Outcome, TurnFailure } from "../../../domain/turn/turn.ts";
import type { TurnFolder } from "../../../stores/file/turns/folder.ts";

/** How the agent's process ended, as far as this process knows. */
export type AgentEnd =
  | { kind: "seen"; exit: AgentExit }
  /** The command that ran it is gone, or the agent never started. */
  | { kind: "unseen" }
  /** A person declared the turn gone, since this machine can't see whether it still runs. */
  | { kind: "given-up" };

export interface TurnEnding {
  folded: Folded;
  agentEnd: AgentEnd;
  /** How we ended the turn, if we did. */
  ended?: { outcome: "cancelled" | "deadline" | "output_limit" | "failed"; failure: TurnFailure } | undefined;
}

export function exitIn({ agentEnd }: TurnEnding): AgentExit | undefined {
  return agentEnd.kind === "seen" ? agentEnd.exit : undefined;
}

/** Returns the outcome of a turn that was ended for this reason. */
export function endedBy(failure: TurnFailure): NonNullable<TurnEnding["ended"]> {
  const { code } = failure;
  if (code === "stopped_at_budget") return { outcome: "failed", failure };
  return { outcome: code === "deadline" || code === "output_limit" ? code : "cancelled", failure };
}

export interface Verdict {
  outcome: Outcome;
  text: string;
  failure?: TurnFailure;
  isPromptKept?: boolean | undefined;
  isOvertaken?: true;
  hasRun?: false;
}

/**
 * Decides how a turn ended. The agent's own successful end counts most, even if the turn was ended from
 * outside a moment later. Next counts the reason for which the turn was ended; next, without a terminal
 * event, the agent's transcript. Without a transcript, a turn whose end was not observed is `unknown`.
 */
export function judgeTurn(
  agent: Agent,
  folder: TurnFolder,
  ending: TurnEnding,
  findEvidence: () => TurnEvidence | undefined,
): Verdict {
  const { folded, ended, agentEnd } = ending;
  const exit = exitIn(ending);
  const isGivenUp = agentEnd.kind === "given-up";
  const text = answerOf(folded);
  const reason = folder.endReason();
  const stopped = (reason && endedBy(reason)) ?? ended ?? cancelled(folder);
  const hasAnswered = folded.end?.isError === false;
  if (hasAnswered && stopped !== undefined) return { outcome: "succeeded", text };
  const failure = diagnose(agent, folded, exit, folder.stderrEnds());
  if (failure === undefined) return { outcome: "succeeded", text };

  const hasRun = isGivenUp || folder.mayHaveRun();
  const evidence: TurnEvidence | undefined = hasRun
    ? believable(findEvidence(), exit === undefined && folder.isSilent())
    : { hasPrompt: false };
  const { hasPrompt: isPromptKept, isOvertaken } = evidence ?? {};
  const kept = { isPromptKept, ...(isOvertaken ? { isOvertaken } : {}) };
  if (stopped !== undefined) return { ...stopped, text, ...kept };
  if (folded.end !== undefined) return { outcome: "failed", text, failure, ...kept };
  if (evidence?.answer !== undefined) return { outcome: "succeeded", text: evidence.answer };
  if (exit !== undefined) return { outcome: "failed", text, failure, ...kept };
  const { outcome, message } = isGivenUp ? GIVEN_UP : unseen(agent, hasRun, evidence);
  const unseenEnd = { outcome, text, failure: { code: "agent_failed" as const, message }, ...kept };
  return hasRun ? unseenEnd : { ...unseenEnd, hasRun };
}

/**
 * Drops evidence that may belong to another turn. Agents print their first output before they write the
 * prompt to the transcript. If the end was not observed and the agent has printed nothing, a prompt of the
 * same words may have been sent later by someone else, unless the prompt had an id.
 */
function believable(evidence: TurnEvidence | undefined, isMute: boolean): TurnEvidence | undefined {
  return isMute && evidence?.hasPrompt && !evidence.isIdentified ? undefined : evidence;
}

/** The turn may still run where it was started, so a gap in its transcript proves nothing. */
const GIVEN_UP = {
  outcome: "unknown",
  message:
    "The turn ran on another machine or in another container and was given up; from here it is not visible how it ended.",
} as const;

/** Describes a turn whose end was not observed and that has no terminal event. */
function unseen(
  agent: Agent,
  hasRun: boolean,
  evidence: TurnEvidence | undefined,
): { outcome: Outcome; message: string } {
  if (!hasRun) {
    return {
      outcome: "interrupted",
      message: "The turn was interrupted before the agent started; nothing ran.",
    };
  }
  if (evidence !== undefined) {
    return { outcome: "interrupted", message: `${agent.title} was interrupted during the turn.` };
  }
  return {
    outcome: "unknown",
    message: `It is unknown how the turn ended: ${agent.title} has exited, its output is incomplete, and no transcript shows the end.`,
  };
}

function cancelled(folder: TurnFolder): TurnEnding["ended"] {
  const cancellation = folder.cancellation();
  if (cancellation === undefined) return undefined;
  return {
    outcome: "cancelled",
    failure: endBy(cancellation, true),
  };
}
