import type { Access } from "../agent/access.ts";
import type { AppErrorCode } from "../errors.ts";
import type { TurnTree } from "../tree/tree.ts";
import type { Counters, Usage } from "./usage.ts";

/** How a turn ended. Every turn gets exactly one outcome; `unknown` is replaced once evidence settles it. */
export type Outcome = (typeof OUTCOMES)[number];

export const OUTCOMES = [
  "succeeded",
  "failed",
  "cancelled",
  "deadline",
  "output_limit",
  "interrupted",
  "unknown",
] as const;

/**
 * How a turn continued its conversation.
 *
 * - `new`: the first turn of a conversation
 * - `native`: the agent resumed it by its id
 * - `restored`: the agent had lost its transcript, and we restored that first; or the conversation was imported, and
 *   this is its first turn since
 * - `forked`: the first turn of a conversation that begins with the history of another
 * - `cleared`: the prompt was `/clear`, and the name follows to the new id
 * - `rotated`: the agent moved to a new id that holds the same history, and the name follows
 * - `fresh`: the conversation was lost, and for that case its caller had asked for a new one under the same
 *   name
 */
export type Continuity = (typeof CONTINUITIES)[number];

/**
 * How it is known that a turn continued the conversation, for agents of which nothing else shows it.
 *
 * - `history`: the agent has shown the conversation's messages before it got the prompt
 * - `id`: the agent has only taken the conversation's id
 */
export type KnownBy = "history" | "id";

export const CONTINUITIES = ["new", "native", "restored", "forked", "cleared", "rotated", "fresh"] as const;

/**
 * How a second attempt at a turn handles the prompt of the first attempt.
 *
 * - `rewound`: the conversation continues from before that prompt, and the prompt was sent again
 * - `asked_again`: the agent can't go back; it was asked to answer the prompt that it already has
 * - `sent_again`: the prompt had never reached the conversation
 */
export type Retry = (typeof RETRIES)[number];

export const RETRIES = ["rewound", "asked_again", "sent_again"] as const;

/**
 * One thing that happens in a turn, in the order in which the agent reports it. `session` without an id says
 * that the turn has begun in the conversation that was asked for: the id comes with the end. `usage` is what
 * one answer of the model has used so far, and a turn may have many; a later one with the same `answerId`
 * replaces it. It is only for watching: the numbers that count come with the end, unless `counts` has
 * them. A `text-delta` that `isOnly` is
 * part of a message that no `text` repeats: the message ends where anything else but text comes. `failure` is why
 * the turn ends, if its end does not say so, or even claims success. `input` of a tool is what it was called with, in
 * the agent's own words, and `about` what it works on, such as a command or a file, on one line; both are absent if the
 * agent does not tell, and come with the end where they are known only then. `other` carries a value that this
 * version does not know, unchanged.
 */
export type TurnEvent =
  | {
      type: "session";
      sessionId?: string;
      model?: string;
      agentVersion?: string;
      /** Present if this version takes an id with a prompt, and repeats the id in its records. */
      takesPromptIds?: true;
      /** How it shows that it continues the conversation that was asked for. */
      knownBy?: KnownBy;
      cwd?: string;
    }
  | { type: "text"; text: string }
  | { type: "text-delta"; text: string; isOnly?: true }
  | { type: "thinking" }
  | {
      type: "tool";
      phase: "start" | "end";
      id: string;
      name: string;
      about?: string;
      input?: unknown;
      failed?: boolean;
    }
  | { type: "retry"; attempt: number; of?: number; reason: string; delayMs?: number }
  | {
      type: "usage";
      answerId?: string;
      inputTokens?: number;
      outputTokens: number;
      /**
       * What has been used that the terminal event after it does not include in its `usageSince`; `unknown` if the agent
       * does not tell how much it was.
       */
      counts?: Usage | "unknown";
    }
  | { type: "warning"; message: string }
  | ({ type: "failure" } & Pick<TurnEnd, "text" | "reason" | "apiStatus">)
  | ({ type: "end" } & TurnEnd)
  | { type: "other"; raw: unknown };

export type EventType = TurnEvent["type"];

/** What an agent's terminal event says. */
export interface TurnEnd {
  isError: boolean;
  /** The final answer, or the agent's own words about the failure. */
  text?: string;
  /** The id that the agent reports at the end; absent if it reports none. */
  sessionId?: string;
  /** A machine-readable reason of a failure, in the agent's words. */
  reason?: string;
  /** HTTP status of the model's service, if the failure came from there. */
  apiStatus?: number;
  /** The answer as a value, if the agent reports one in addition to its text. */
  structured?: unknown;
  /** Counters of the conversation, or of the process: see `usageOfTurn`. */
  counters?: Counters;
  /** The usage that the run itself reports, without the conversation before it; of an interrupted run, too little. */
  runUsage?: Usage;
  /** All usage since the terminal event before, in this run; absent if the agent does not report it. */
  usageSince?: Usage;
}

/** How the agent's process ended; both are undefined when nobody saw it end. */
export interface AgentExit {
  code?: number;
  signal?: string;
}

/** Why a turn did not succeed. */
export interface TurnFailure {
  code: AppErrorCode;
  message: string;
  hint?: string;
  /** More of it, for programs, such as `pid`; the keys are those of `AppError.facts`. */
  facts?: Record<string, unknown>;
}

/** The result of a turn, for its caller. */
export interface TurnResult {
  turnId: string;
  /** Absent for a conversation that was continued by its id alone. */
  name?: string;
  agent: string;
  workspace: string;
  /** Absent when the turn ended before the conversation had an id. */
  sessionId?: string;
  outcome: Outcome;
  continuity: Continuity;
  /** Absent where agent-sessions itself sees that the conversation is the same, and for its first turn. */
  continuityKnownBy?: KnownBy;
  /** The agent's answer; empty when there was none. */
  text: string;
  /** The answer as a value, if a schema was given and met. */
  structured?: unknown;
  model?: string;
  effort?: string;
  /** Absent if the agent's own settings decided. */
  access?: Access;
  /** Absent when the agent did not report it. */
  usage?: Usage;
  /** ISO 8601, UTC. */
  startedAt: string;
  endedAt: string;
  durationMs: number;
  /** Whether the agent's process was there before the turn was asked for; absent in records of 0.1. */
  process?: "warm" | "cold";
  /** Which files it worked on; absent for a turn that ran where it was asked for, and outside of repositories. */
  tree?: TurnTree;
  /** How the agent's process ended, or would have ended if it had not stayed; absent when that was not observed. */
  exit?: AgentExit;
  /** Present unless the outcome is `succeeded`. */
  failure?: TurnFailure;
  /**
   * For a turn that did not succeed: whether its prompt is still part of the conversation, so that the agent
   * reads it again with the next turn. Absent if unknown.
   */
  isPromptKept?: boolean;
  /** Present if others have added a message after the prompt before the end was recorded. */
  isOvertaken?: true;
  /** False if the turn was cut off before its agent started; absent otherwise. */
  hasRun?: false;
  /** Present if the turn was a retry. */
  retry?: Retry;
  /** Bytes that others had added to the transcript since our last turn; absent when none. */
  foreignBytes?: number;
  /** Messages that others had queued and that the agent took before the prompt; absent when none. */
  foreignPrompts?: number;
  /** The workspace, now gone, that the name belonged to until this turn was sent; absent without a rebind. */
  reboundFrom?: string;
}
