import { amount, maybe, object, type Shape, table } from "../shape.ts";

/**
 * What a turn cost. Token counts are whole numbers; `costUsd` is absent if the agent reports no dollars. Each
 * agent counts cached input in its own way: for Claude it is not part of `inputTokens`, for Codex and Copilot
 * it is.
 */
export interface Usage {
  inputTokens: number;
  outputTokens: number;
  cacheReadTokens: number;
  cacheWriteTokens: number;
  costUsd?: number;
}

export const asUsage: Shape<Usage> = object({
  inputTokens: amount,
  outputTokens: amount,
  cacheReadTokens: amount,
  cacheWriteTokens: amount,
  costUsd: maybe(amount),
});

/**
 * An agent's own counters since the conversation began, one entry per model ("" if models are not
 * distinguished).
 */
export type Counters = Record<string, Usage>;

export const asCounters: Shape<Counters> = (value) => {
  const rows = table(asUsage)(value);
  return rows && Object.fromEntries(rows);
};

/** The usage of a turn in which the model was not called. */
export const NOTHING: Usage = { inputTokens: 0, outputTokens: 0, cacheReadTokens: 0, cacheWriteTokens: 0 };

export function isNothing(usage: Usage): boolean {
  return sumTokens(usage) === 0;
}

function sumTokens({ inputTokens, outputTokens, cacheReadTokens, cacheWriteTokens }: Usage): number {
  return inputTokens + outputTokens + cacheReadTokens + cacheWriteTokens;
}

function combine(left: Usage, right: Usage, sign: 1 | -1): Usage {
  const combined: Usage = {
    inputTokens: left.inputTokens + sign * right.inputTokens,
    outputTokens: left.outputTokens + sign * right.outputTokens,
    cacheReadTokens: left.cacheReadTokens + sign * right.cacheReadTokens,
    cacheWriteTokens: left.cacheWriteTokens + sign * right.cacheWriteTokens,
  };
  if (left.costUsd === undefined && right.costUsd === undefined) return combined;
  const cost = (left.costUsd ?? 0) + sign * (right.costUsd ?? 0);
  // Sums of dollars such as 0.1 + 0.2 would otherwise print seventeen digits.
  return { ...combined, costUsd: Number(cost.toFixed(9)) };
}

function addUsage(left: Usage, right: Usage): Usage {
  return combine(left, right, 1);
}

export function sumUsage(parts: Iterable<Usage>): Usage {
  let total = NOTHING;
  for (const part of parts) total = addUsage(total, part);
  return total;
}

function isAtLeast(left: Usage, right: Usage): boolean {
  return (
    left.inputTokens >= right.inputTokens &&
    left.outputTokens >= right.outputTokens &&
    left.cacheReadTokens >= right.cacheReadTokens &&
    left.cacheWriteTokens >= right.cacheWriteTokens &&
    (left.costUsd ?? 0) >= (right.costUsd ?? 0) - 1e-9
  );
}

/**
 * Returns the usage of one turn, from the counters before and after it. If the agent's counters restart with
 * each process, the counters after it are the usage.
 *
 * The counters of claude 2.1.329 and codex 0.169.0 continue over the whole conversation; those of claude
 * before 2.1.277 restart with each process. If the version is unknown, or has changed in between, the numbers
 * decide: counters that shrank, or that grew by less than the usage that the run itself reports (`atLeast`),
 * did not continue.
 */
export function usageOfTurn(before: Counters | undefined, after: Counters, atLeast?: Usage): Usage {
  const growth = before === undefined ? undefined : growthOf(before, after, atLeast);
  return growth ?? sumUsage(Object.values(after));
}

/** Returns the difference of counters that continued; undefined if they did not. */
export function growthOf(before: Counters, after: Counters, atLeast?: Usage): Usage | undefined {
  const ranOn = Object.entries(before).every(([model, usage]) => isAtLeast(after[model] ?? NOTHING, usage));
  if (!ranOn) return undefined;
  const growth = combine(sumUsage(Object.values(after)), sumUsage(Object.values(before)), -1);
  const isEnough = atLeast === undefined || isAtLeast({ ...growth, costUsd: 0 }, { ...atLeast, costUsd: 0 });
  return isEnough ? growth : undefined;
}
