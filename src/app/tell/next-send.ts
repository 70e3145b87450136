import type { Context } from "../context.ts";

/**
 * What the next turn of a conversation reads before it does anything: an estimate, from what the agent has recorded of
 * its last call of the model. The new prompt and the answer come on top.
 */
export interface NextSend {
  /**
   * Whether the service of the model likely still has the conversation in its prompt cache: it reads what it has there
   * faster, and for less. `unknown` where nobody can tell.
   */
  cache: "warm" | "cold" | "unknown";
  /** When the model last read the conversation, ISO 8601; absent if no call is on record. */
  lastReadAt?: string | undefined;
  /** How long the service keeps what nobody reads, in milliseconds: at least, and at most. Absent if unknown. */
  cacheLifetime?: { leastMs: number; mostMs?: number | undefined } | undefined;
  /** The tokens that are read again without the cache. Absent if unknown. */
  coldTokens?: number | undefined;
  /** Whether `coldTokens` is the sum over the calls of a turn: then there may be far fewer. */
  isAtMost: boolean;
  /** What reading them costs without the cache, in dollars. Absent if the agent tells no dollars, or no prices. */
  coldUsd?: number | undefined;
  /** What it costs with the cache. */
  warmUsd?: number | undefined;
  /** What the estimate rests on. */
  basis: {
    /** Where the tokens come from: one call in the transcript, the last turn, or nowhere. */
    tokens: "last_call" | "last_turn" | "nothing";
    /** The turns whose dollars give the price, all of one model; 0 if there is no price. */
    pricedTurns: number;
    model?: string | undefined;
  };
}

/** Estimates what the next send to a name reads. @throws AppError `no_such_name`, `ambiguous_name` */
export async function nextSend(
  _context: Context,
  _request: { name: string; workspace: string; agent?: string | undefined; model?: string | undefined },
): Promise<NextSend> {
  throw new Error("not built yet");
}
