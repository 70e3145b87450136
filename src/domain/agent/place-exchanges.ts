import { isSameText } from "../turn/evidence.ts";

/** A prompt of a person or a program, and its position in the transcript. */
export interface Exchange {
  prompt: string;
  /** The byte of the transcript at which it begins. */
  at: number;
}

/** A turn of ours, and the part of the transcript that was written up to its end. */
export interface PlacedTurn {
  prompt: string;
  /** The first byte after that part. */
  end: number;
  /** Whether its prompt is in the transcript; undefined if unknown. */
  isThere: boolean | undefined;
}

/**
 * Counts the exchanges of others before each turn, and after the last one. Undefined if a turn is not where
 * it should be: the transcript was rewritten.
 */
export function placeExchanges(
  exchanges: readonly Exchange[],
  turns: readonly PlacedTurn[],
): number[] | undefined {
  const counts: number[] = [];
  let behind = 0;
  let from = 0;
  for (const { prompt, end, isThere } of turns) {
    const part = exchanges.filter(({ at }) => at >= from && at < end);
    // The last match: a copy from another conversation, or a message that somebody else had queued, comes
    // before it.
    const own = isThere === false ? -1 : part.findLastIndex((one) => isSameText(one.prompt, prompt));
    if (own < 0 && isThere) return undefined;
    counts.push(behind + (own < 0 ? part.length : own));
    behind = own < 0 ? 0 : part.length - own - 1;
    from = Math.max(from, end);
  }
  counts.push(behind + exchanges.filter(({ at }) => at >= from).length);
  return counts;
}

/** Counts the exchanges of others, wherever they are. */
export function countOthers(
  exchanges: readonly Exchange[],
  turns: readonly Pick<PlacedTurn, "prompt">[],
): number {
  const left = exchanges.map(({ prompt }) => prompt.trim());
  for (const { prompt } of turns) {
    const own = left.indexOf(prompt.trim());
    if (own >= 0) left.splice(own, 1);
  }
  return left.length;
}
