import type { Detached } from "../../../app/ask/background.ts";
import type { TurnResult } from "../../../app/turn/ending/result.ts";
import type { Cancelled } from "../../../app/watch/cancel.ts";
import type { TurnEnded } from "../../../domain/session/session.ts";
import { failureRecord } from "./failure.ts";
import { usageRecord } from "./usage.ts";

/** The last line of a turn's stream. Its `type` distinguishes it from the agent's own lines. */
export function turnRecord(turn: TurnResult) {
  return {
    type: "agent_sessions.result",
    name: turn.name ?? null,
    agent: turn.agent,
    session_id: turn.sessionId ?? null,
    turn_id: turn.turnId,
    workspace: turn.workspace,
    outcome: turn.outcome,
    continuity: turn.continuity,
    text: turn.text,
    structured: turn.structured ?? null,
    model: turn.model ?? null,
    effort: turn.effort ?? null,
    access: turn.access ?? null,
    usage: usageRecord(turn.usage),
    started_at: turn.startedAt,
    ended_at: turn.endedAt,
    duration_ms: turn.durationMs,
    foreign_bytes: turn.foreignBytes ?? 0,
    foreign_prompts: turn.foreignPrompts ?? 0,
    rebound_from: turn.reboundFrom ?? null,
    prompt_kept: turn.failure === undefined ? true : (turn.isPromptKept ?? null),
    retry: turn.retry ?? null,
    error: failureRecord(turn.failure),
  };
}

export function turnEndedRecord(turn: TurnEnded) {
  return {
    turn_id: turn.turnId,
    outcome: turn.outcome,
    continuity: turn.continuity,
    prompt: turn.prompt,
    text: turn.text,
    model: turn.model ?? null,
    effort: turn.effort ?? null,
    access: turn.access ?? null,
    usage: usageRecord(turn.usage),
    started_at: turn.startedAt,
    ended_at: turn.at,
    prompt_kept: turn.failure === undefined ? true : (turn.isPromptKept ?? null),
    retry: turn.retry ?? null,
    error: failureRecord(turn.failure),
  };
}

/** What `--detach` prints. */
export function acceptedRecord({ turnId, name, agent, workspace, sessionId, reboundFrom }: Detached) {
  return {
    type: "agent_sessions.accepted",
    turn_id: turnId,
    name,
    agent,
    session_id: sessionId ?? null,
    workspace,
    rebound_from: reboundFrom ?? null,
  };
}

export function cancelRecord(name: string, { cancelled, turn }: Cancelled) {
  return {
    type: "agent_sessions.cancelled",
    name,
    cancelled,
    turn: turn === undefined ? null : turnRecord(turn),
  };
}
