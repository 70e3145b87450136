import type { FailureRule } from "../../domain/agent/failures.ts";
import { REFUSALS } from "./lines.ts";

/** How failures over ACP are recognised, whatever the agent: first those that the program of ours words. */
export const ACP_FAILURES: readonly FailureRule[] = [
  {
    words: new RegExp(`^${REFUSALS.lost}`),
    code: "conversation_lost",
    says: "no longer has this conversation",
  },
  {
    words: new RegExp(`^${REFUSALS.forgetful}`),
    code: "unsupported",
    says: "can't be used for that",
    hint: "An agent that can't continue what it begins can only be asked once: agent-sessions once",
  },
  {
    words: new RegExp(`^${REFUSALS.other}`),
    code: "conversation_changed",
    says: "was not asked",
    hint: "Give the command of the agent that has begun the conversation with --agent-cmd.",
  },
  {
    words: new RegExp(`^${REFUSALS.elsewhere}`),
    code: "conversation_changed",
    says: "ran the turn in another conversation",
  },
  {
    words: /\b401\b|\bauth(?:entication)?[ _]required\b|\bnot (?:logged|signed) in\b|Authentication failed/i,
    code: "not_signed_in",
    says: "is not signed in, or was refused access by the model's service",
    hint: "Sign in with the agent itself, or check the key of its model's service.",
  },
];
