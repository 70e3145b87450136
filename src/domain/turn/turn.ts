import type { AppErrorCode } from "../errors.ts";
import type { Counters, Usage } from "./usage.ts";

/** How a turn ended. Every turn gets exactly one; `unknown` is replaced once evidence settles it. */
export type Outcome =
  | "succeeded"
  | "failed"
  | "cancelled"
  | "deadline"
  | "output_limit"
  | "interrupted"
  | "unknown";

/**
 * How a turn continued its conversation.
 *
 * - `new`: the first turn of a conversation
 * - `native`: the agent resumed it by its id
 * - `restored`: the agent had lost its transcript and we put it back first
 * - `forked`: the first turn of a conversation that begins with the history of another
 * - `cleared`: the prompt was `/clear`, and the name follows to the id that came of it
 * - `rotated`: the agent moved to a new id that holds the same history, and the name follows
 * - `fresh`: the conversation was lost, and its caller had asked for a new one under the name in that case
 */
export type Continuity = (typeof CONTINUITIES)[number];

export const CONTINUITIES = ["new", "native", "restored", "forked", "cleared", "rotated", "fresh"] as const;

/**
 * How a turn that is a second attempt deals with the prompt of the first one.
 *
 * - `rewound`: the conversation goes on from before that prompt, and the prompt was sent again
 * - `asked_again`: the agent can't go back; it was asked to answer the prompt that it has
 * - `sent_again`: the prompt had never reached the conversation
 */
export type Retry = (typeof RETRIES)[number];

export const RETRIES = ["rewound", "asked_again", "sent_again"] as const;

/**
 * One thing that happens in a turn, in the order the agent told it. `session` without an id says that the turn
 * has begun in the conversation that was asked for: the id comes with the end. `usage` is what one answer of
 * the model has used so far, and a turn may have many; a later one with the same `answerId` replaces it. It is
 * there to be watched: the numbers that count come with the end. `failure` is why the turn ends, where its end
 * does not say so, or even calls it a success. `other` carries what this version does not know, as it came.
 */
export type TurnEvent =
  | { type: "session"; sessionId?: string; model?: string; agentVersion?: string; cwd?: string }
  | { type: "text"; text: string }
  | { type: "text-delta"; text: string }
  | { type: "thinking" }
  | { type: "tool"; phase: "start" | "end"; id: string; name: string; failed?: boolean }
  | { type: "retry"; attempt: number; of?: number; reason: string; delayMs?: number }
  | { type: "usage"; answerId?: string; inputTokens?: number; outputTokens: number }
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
  /** The id the agent gives at the end; absent where it gives none. */
  sessionId?: string;
  /** A machine-readable reason of a failure, in the agent's words. */
  reason?: string;
  /** HTTP status of the model's service, where the failure came from there. */
  apiStatus?: number;
  /** The answer as a value, where the agent gives one beside its text. */
  structured?: unknown;
  /** Counters of the conversation, or of the process: see `usageOfTurn`. */
  counters?: Counters;
  /** What the run says it used itself, without the conversation before it. */
  runUsage?: Usage;
}

/** How the agent's process ended; both undefined when nobody was there to see it. */
export interface AgentExit {
  code?: number;
  signal?: string;
}

/** Why a turn did not succeed. */
export interface TurnFailure {
  code: AppErrorCode;
  message: string;
  hint?: string;
}
