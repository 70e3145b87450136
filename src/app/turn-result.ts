import type { AgentExit, Continuity, Outcome, TurnFailure } from "../domain/turn.ts";
import type { Usage } from "../domain/usage.ts";

/** What a turn came to, for whoever asked for it. */
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
  /** The agent's answer; empty when there was none. */
  text: string;
  model?: string;
  effort?: string;
  /** Absent when the agent did not tell. */
  usage?: Usage;
  /** ISO 8601, UTC. */
  startedAt: string;
  endedAt: string;
  durationMs: number;
  /** How the agent's process ended; absent when nobody saw it. */
  exit?: AgentExit;
  /** Present unless the outcome is `succeeded`. */
  failure?: TurnFailure;
  /** Bytes that others had added to the transcript since our last turn; absent when none. */
  foreignBytes?: number;
}
