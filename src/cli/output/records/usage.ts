import type { Usage } from "../../../domain/turn/usage.ts";

export function usageRecord(usage: Usage | undefined) {
  if (usage === undefined) return null;
  return {
    input_tokens: usage.inputTokens,
    output_tokens: usage.outputTokens,
    cache_read_tokens: usage.cacheReadTokens,
    cache_write_tokens: usage.cacheWriteTokens,
    cost_usd: usage.costUsd ?? null,
  };
}
