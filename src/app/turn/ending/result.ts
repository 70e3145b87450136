import type { Access } from "../../../domain/agent/access.ts";
import type { TurnEnded } from "../../../domain/session/session.ts";
import { object, text } from "../../../domain/shape.ts";
import type { AgentExit, Continuity, Outcome, Retry, TurnFailure } from "../../../domain/turn/turn.ts";
import type { Usage } from "../../../domain/turn/usage.ts";

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
  /** How the agent's process ended; absent when that was not observed. */
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

const asKept = object({
  turnId: text,
  agent: text,
  workspace: text,
  outcome: text,
  startedAt: text,
  endedAt: text,
});

/** Returns a result as it was saved in a turn's folder; undefined for anything else. */
export function asTurnResult(value: unknown): TurnResult | undefined {
  return asKept(value) === undefined ? undefined : (value as TurnResult);
}

/**
 * Returns the result of a turn from its journal entry; `around` supplies what the journal does not repeat.
 */
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
