import { amount, maybe, object, type Shape, table } from "../shape.ts";

/**
 * What a turn cost. Token counts are whole numbers; `costUsd` is absent where the agent reports no dollars.
 * Cached input is counted apart from `inputTokens` for Claude and inside it for Codex and Copilot, as each agent does.
 */
export interface Usage {
  inputTokens: number;
  outputTokens: number;
  cacheReadTokens: number;
  cacheWriteTokens: number;
  costUsd?: number;
}

const asUsage: Shape<Usage> = object({
  inputTokens: amount,
  outputTokens: amount,
  cacheReadTokens: amount,
  cacheWriteTokens: amount,
  costUsd: maybe(amount),
});

/** An agent's own counters since the conversation began, one entry per model ("" where models are not told apart). */
export type Counters = Record<string, Usage>;

export const asCounters: Shape<Counters> = (value) => {
  const rows = table(asUsage)(value);
  return rows && Object.fromEntries(rows);
};

/** Of a turn in which the model was not asked. */
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
 * What one turn used, from the counters before and after it; of an agent whose counters start again with each
 * process, all that they say after it.
 *
 * The counters of claude 2.1.329 and codex 0.169.0 run on over the whole conversation; those of claude before
 * 2.1.277 start again with each process. Where the version is not known, or has changed in between, the numbers
 * tell: counters that shrank, or whose growth is less than what the run itself says it used (`atLeast`), did not
 * run on.
 */
export function usageOfTurn(before: Counters | undefined, after: Counters, atLeast?: Usage): Usage {
  const growth = before === undefined ? undefined : growthOf(before, after, atLeast);
  return growth ?? sumUsage(Object.values(after));
}

/** The difference of counters that ran on; undefined where they did not. */
export function growthOf(before: Counters, after: Counters, atLeast?: Usage): Usage | undefined {
  const ranOn = Object.entries(before).every(([model, usage]) => isAtLeast(after[model] ?? NOTHING, usage));
  if (!ranOn) return undefined;
  const growth = combine(sumUsage(Object.values(after)), sumUsage(Object.values(before)), -1);
  const isEnough = atLeast === undefined || isAtLeast({ ...growth, costUsd: 0 }, { ...atLeast, costUsd: 0 });
  return isEnough ? growth : undefined;
}
