import { resultOf, type TurnResult } from "../../app/turn/ending/result.ts";
import type { TurnEnded } from "../../domain/session/session.ts";

/** A turn that has ended, with its prompt. */
export interface PastTurn extends TurnResult {
  prompt: string;
}

export function pastTurn(
  turn: TurnEnded,
  around: Pick<TurnResult, "agent" | "workspace" | "sessionId">,
): PastTurn {
  return { ...resultOf(turn, around), prompt: turn.prompt };
}
