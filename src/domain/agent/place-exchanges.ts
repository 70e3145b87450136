import { isSameText } from "../turn/evidence.ts";

/** A prompt of a person or a program with its answer, and its position in the transcript. */
export interface Exchange {
  prompt: string;
  /** What the agent said last before the next prompt; absent if it said nothing. */
  answer?: string;
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
 * Returns the exchanges of others before each turn, and after the last one. Undefined if a turn is not where it should
 * be: the transcript was rewritten.
 */
export function placeExchanges(
  exchanges: readonly Exchange[],
  turns: readonly PlacedTurn[],
): Exchange[][] | undefined {
  const places: Exchange[][] = [];
  let behind: Exchange[] = [];
  let from = 0;
  for (const { prompt, end, isThere } of turns) {
    const part = exchanges.filter(({ at }) => at >= from && at < end);
    // The last match: a copy from another conversation, or a message that somebody else had queued, comes
    // before it.
    const own = isThere === false ? -1 : part.findLastIndex((one) => isSameText(one.prompt, prompt));
    if (own < 0 && isThere) return undefined;
    places.push([...behind, ...(own < 0 ? part : part.slice(0, own))]);
    behind = own < 0 ? [] : part.slice(own + 1);
    from = Math.max(from, end);
  }
  places.push([...behind, ...exchanges.filter(({ at }) => at >= from)]);
  return places;
}

/** Returns the exchanges of others, wherever they are. */
export function exchangesOfOthers(
  exchanges: readonly Exchange[],
  turns: readonly Pick<PlacedTurn, "prompt">[],
): Exchange[] {
  const own = turns.map(({ prompt }) => prompt.trim());
  return exchanges.filter(({ prompt }) => {
    const at = own.indexOf(prompt.trim());
    if (at >= 0) own.splice(at, 1);
    return at < 0;
  });
}
