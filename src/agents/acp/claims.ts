/** What the end of a prompt over ACP is made of. */
export interface PromptEnd {
  /** Why the agent says that it has stopped, such as `end_turn`. */
  stopReason: string;
  /** Whether it has said or done anything in the turn. */
  hasSpoken: boolean;
  /** The last piece of text that it has sent. */
  lastPiece: string;
}

/**
 * What agents send as text when the model's service has failed, before they end the turn as a success. Copilot 1.0.102:
 * "Error: Authentication failed with provider at http://… (HTTP 401)."
 */
const FAILURE_AS_TEXT =
  /^(?:API )?Error: .*(?:\bHTTP [45]\d\d\b|\bstatus(?: code)?:? [45]\d\d\b|Authentication failed)/i;

/** Returns why a turn that an agent calls a success is none; undefined if nothing speaks against it. */
export function failureInSuccess({ stopReason, hasSpoken, lastPiece }: PromptEnd): string | undefined {
  if (stopReason !== "end_turn") return `The agent has stopped early: ${stopReason || "no reason given"}`;
  if (!hasSpoken) return "The agent has ended its turn without a word";
  const words = lastPiece.trim();
  return FAILURE_AS_TEXT.test(words) ? words : undefined;
}
