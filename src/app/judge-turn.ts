import type { Agent } from "../domain/agent.ts";
import { answerOf, type Folded } from "../domain/fold.ts";
import type { AgentExit, Outcome, TurnFailure } from "../domain/turn.ts";
import type { TurnFolder } from "../stores/turn-folder.ts";
import type { TurnEvidence } from "./turn-evidence.ts";

export interface TurnEnding {
  folded: Folded;
  /** Absent when nobody saw the agent's process end. */
  exit: AgentExit | undefined;
  /** How it was ended by us, when it was. */
  ended?: { outcome: "cancelled" | "deadline" | "output_limit" | "failed"; failure: TurnFailure };
  /** Whether it was given up for gone by a person, since nobody can see from here whether it still runs. */
  isGivenUp?: boolean;
}

/** What a turn is that was ended for this reason. */
export function endedBy(failure: TurnFailure): NonNullable<TurnEnding["ended"]> {
  const { code } = failure;
  return { outcome: code === "deadline" || code === "output_limit" ? code : "cancelled", failure };
}

export interface Verdict {
  outcome: Outcome;
  text: string;
  failure?: TurnFailure;
  isPromptKept?: boolean | undefined;
}

/**
 * Says how a turn ended. What the agent itself told at its end counts most, also where it was ended from
 * outside a moment later; then who ended it; then, where its output has no end, what its own record of the
 * conversation says. `unknown` is left where there is no such record.
 */
export function judgeTurn(
  agent: Agent,
  folder: TurnFolder,
  { folded, exit, ended, isGivenUp = false }: TurnEnding,
  findEvidence: () => TurnEvidence | undefined,
): Verdict {
  const text = answerOf(folded);
  const stopped = ended ?? cancelled(folder);
  const hasAnswered = folded.end?.isError === false;
  if (hasAnswered && stopped !== undefined) return { outcome: "succeeded", text };
  const failure = agent.diagnose(folded, exit, folder.stderrEnds());
  if (failure === undefined) return { outcome: "succeeded", text };

  const evidence = isGivenUp || folder.mayHaveRun() ? findEvidence() : { hasPrompt: false };
  const isPromptKept = evidence?.hasPrompt;
  if (stopped !== undefined) return { ...stopped, text, isPromptKept };
  if (folded.end !== undefined) return { outcome: "failed", text, failure, isPromptKept };
  if (evidence?.answer !== undefined) return { outcome: "succeeded", text: evidence.answer };
  if (exit !== undefined) return { outcome: "failed", text, failure, isPromptKept };
  const { outcome, message } = isGivenUp ? GIVEN_UP : unseen(agent, folder, evidence);
  return { outcome, text, failure: { code: "agent_failed", message }, isPromptKept };
}

/** It may run on where it was started: what its transcript lacks now says nothing. */
const GIVEN_UP = {
  outcome: "unknown",
  message:
    "The turn ran on another machine or in another container and was given up for gone; nobody here can see how it ended.",
} as const;

/** A turn that nobody saw end, and that has not said that it did. */
function unseen(
  agent: Agent,
  folder: TurnFolder,
  evidence: TurnEvidence | undefined,
): { outcome: Outcome; message: string } {
  if (!folder.mayHaveRun()) {
    return {
      outcome: "interrupted",
      message: "The turn was cut off before the agent started; nothing ran.",
    };
  }
  if (evidence !== undefined) {
    return { outcome: "interrupted", message: `${agent.title} was cut off in the middle of the turn.` };
  }
  return {
    outcome: "unknown",
    message: `Nobody saw how the turn ended: ${agent.title} is gone, its output breaks off, and there is no transcript to look into.`,
  };
}

function cancelled(folder: TurnFolder): TurnEnding["ended"] {
  const cancellation = folder.cancellation();
  if (cancellation === undefined) return undefined;
  return {
    outcome: "cancelled",
    failure: { code: "cancelled", message: `The turn was cancelled by ${cancellation.by}.` },
  };
}
