import type { Access } from "../../../domain/agent/access.ts";
import type { TurnEnded } from "../../../domain/session/session.ts";
import { object, text } from "../../../domain/shape.ts";
import type { AgentExit, Continuity, Outcome, Retry, TurnFailure } from "../../../domain/turn/turn.ts";
import type { Usage } from "../../../domain/turn/usage.ts";

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
  /** The answer as a value, where a schema was asked for and met. */
  structured?: unknown;
  model?: string;
  effort?: string;
  /** Absent where the agent's own settings decided. */
  access?: Access;
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
  /**
   * Where the turn did not succeed: whether its prompt is part of the conversation all the same, to be read
   * again with the next one. Absent where that can't be known.
   */
  isPromptKept?: boolean;
  /** Present where others have said something behind the prompt before the end was written down. */
  isOvertaken?: true;
  /** False where the turn was cut off before its agent started; absent for all others. */
  hasRun?: false;
  /** Present where the turn was a second attempt. */
  retry?: Retry;
  /** Bytes that others had added to the transcript since our last turn; absent when none. */
  foreignBytes?: number;
  /** Messages that others had queued and that the agent took before the prompt; absent when none. */
  foreignPrompts?: number;
  /** The workspace that the name belonged to until this turn was sent, and that is gone; absent for all others. */
  reboundFrom?: string;
}

const asKept = object({
  turnId: text,
  agent: text,
  workspace: text,
  outcome: text,
  startedAt: text,
  endedAt: text,
});

/** A result as it was written down in a turn's folder; undefined for anything else. */
export function asTurnResult(value: unknown): TurnResult | undefined {
  return asKept(value) === undefined ? undefined : (value as TurnResult);
}

/** The result of a turn as its journal has it; `around` says what the journal does not repeat. */
export function resultOf(
  ended: TurnEnded,
  around: Pick<TurnResult, "agent" | "workspace" | "sessionId">,
): TurnResult {
  const { at, prompt: _, counters: __, transcript: ___, agentVersion: ____, ...rest } = ended;
  const { arrival: _____, boot: ______, ...kept } = rest;
  const { agent, workspace, sessionId } = around;
  return {
    ...kept,
    agent,
    workspace,
    ...(sessionId === undefined ? {} : { sessionId }),
    endedAt: at,
    durationMs: Math.max(0, Date.parse(at) - Date.parse(ended.startedAt)),
  };
}
