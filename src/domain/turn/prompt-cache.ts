/** How long a model's service keeps what it has read of a conversation, if nobody reads it again, in milliseconds. */
export interface CacheLifetime {
  leastMs: number;
  /** Absent if there is no telling. */
  mostMs?: number | undefined;
}

/** One call of the model, as the transcript has it. */
export interface ModelCall {
  /** When it was answered; ISO 8601. */
  at: string;
  model?: string;
  /** The tokens of the conversation after it: all that was read, and the answer. */
  tokens: number;
  /** How many of them came from the cache, or went into it. */
  cachedTokens: number;
  /** Present if the call says how long they are kept. */
  cacheLifetime?: CacheLifetime;
}

/**
 * Returns whether the service likely still has what was read `ageMs` ago. A model that has put nothing into a cache is
 * not known to have one.
 */
export function cacheState(
  ageMs: number,
  call: Pick<ModelCall, "cachedTokens">,
  lifetime: CacheLifetime | undefined,
): "warm" | "cold" | "unknown" {
  if (call.cachedTokens === 0 || lifetime === undefined || Number.isNaN(ageMs)) return "unknown";
  if (ageMs < lifetime.leastMs) return "warm";
  return lifetime.mostMs !== undefined && ageMs > lifetime.mostMs ? "cold" : "unknown";
}
