import type { TurnFailure } from "../../../domain/turn/turn.ts";
import type { OpenTurn } from "../../../stores/file/turns/turns.ts";

const LOOK_MS = 100;

/** Returns the failure of an agent that has written more than its caller allowed; undefined otherwise. */
export function excessOf({ folder, plan: { maxOutputBytes } }: OpenTurn): TurnFailure | undefined {
  if (maxOutputBytes === undefined) return undefined;
  const bytes = folder.writtenBytes();
  if (bytes <= maxOutputBytes) return undefined;
  return {
    code: "output_limit",
    message: `The agent has written ${bytes} bytes, more than the limit of ${maxOutputBytes}; the turn was ended.`,
    hint: "Ask for less at once, or allow more.",
  };
}

/**
 * Polls how much the agent of a turn has written, if the turn has a limit. Uses its own timer: a slow
 * listener delays the reading of the output, not the agent.
 */
export function watchOutput(turn: OpenTurn, onExcess: (failure: TurnFailure) => void): { stop: () => void } {
  if (turn.plan.maxOutputBytes === undefined) return { stop: () => undefined };
  const timer = setInterval(() => {
    const excess = excessOf(turn);
    if (excess === undefined) return;
    clearInterval(timer);
    onExcess(excess);
  }, LOOK_MS);
  return { stop: () => clearInterval(timer) };
}
