import type { Spread } from "../bench/spread.ts";

/** Who did better. */
export type Verdict = "ours" | "theirs" | "equal";

/** What one tool did, as it was seen from outside, and how good that is. */
export interface Grade {
  /** More is better. The first number that differs decides. */
  score: readonly number[];
  /** What happened, in a few words. */
  text: string;
}

/** Times that are closer to each other than this part of the longer one are equal: that much is chance. */
const CHANCE = 0.1;

/** Decides by scores of the same length. */
export function better(ours: readonly number[], theirs: readonly number[]): Verdict {
  for (const [at, value] of ours.entries()) {
    const other = theirs[at] ?? 0;
    if (value !== other) return value > other ? "ours" : "theirs";
  }
  return "equal";
}

/** Decides by the medians of what should be small. */
export function smaller(ours: Spread, theirs: Spread): Verdict {
  const difference = Math.abs(ours.median - theirs.median);
  if (difference <= CHANCE * Math.max(ours.median, theirs.median)) return "equal";
  return ours.median < theirs.median ? "ours" : "theirs";
}
