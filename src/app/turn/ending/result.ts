import type { TurnEnded } from "../../../domain/session/session.ts";
import { object, text } from "../../../domain/shape.ts";
import type { TurnResult } from "../../../domain/turn/turn.ts";
import { withoutUndefined } from "../../../domain/without-undefined.ts";

export type { TurnResult } from "../../../domain/turn/turn.ts";

/** A turn that has ended, with its prompt. */
export interface PastTurn extends TurnResult {
  prompt: string;
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

/** What a journal does not repeat in each entry. */
type Around = Pick<TurnResult, "agent" | "workspace" | "sessionId">;

/** Returns the journal's entry of a turn. */
export function endedOf(result: TurnResult, prompt: string): TurnEnded {
  const { agent, workspace, sessionId, durationMs, endedAt: at, ...kept } = result;
  return { ...kept, at, prompt };
}

/** Returns the result of a turn from its journal entry. */
export function resultOf(ended: TurnEnded, around: Around): TurnResult {
  const { prompt, ...result } = pastTurn(ended, around);
  return result;
}

/** Does the same with the prompt. */
export function pastTurn(ended: TurnEnded, { agent, workspace, sessionId }: Around): PastTurn {
  const {
    at: endedAt,
    arrival,
    boot,
    agentVersion,
    counters,
    transcript,
    promptId,
    program,
    ...kept
  } = ended;
  const durationMs = Math.max(0, Date.parse(endedAt) - Date.parse(ended.startedAt));
  const whose = withoutUndefined({ agent, workspace, sessionId });
  return { ...kept, ...whose, endedAt, durationMs };
}
