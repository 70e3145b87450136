import { isSameText } from "../turn/evidence.ts";

/** What a person or a program has asked in a conversation, and where its record says so. */
export interface Exchange {
  prompt: string;
  /** The byte of the record that it begins at. */
  at: number;
}

/** A turn of ours with the part of the record that was written up to its end. */
export interface PlacedTurn {
  prompt: string;
  /** The first byte behind it. */
  end: number;
  /** Whether its prompt is in the record; undefined where that can't be told. */
  isThere: boolean | undefined;
}

/**
 * How many exchanges of others stand before each turn, and behind the last one. Undefined where a turn is not where it
 * should be: the record was written anew.
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
    // The last one: a copy of another conversation's words, or what somebody else had queued, stands before it.
    const own = isThere === false ? -1 : part.findLastIndex((one) => isSameText(one.prompt, prompt));
    if (own < 0 && isThere) return undefined;
    counts.push(behind + (own < 0 ? part.length : own));
    behind = own < 0 ? 0 : part.length - own - 1;
    from = Math.max(from, end);
  }
  counts.push(behind + exchanges.filter(({ at }) => at >= from).length);
  return counts;
}

/** How many exchanges are of others, wherever they stand. */
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
