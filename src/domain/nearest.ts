/** Returns the candidate that `word` most likely means: at most two typing errors away. */
export function nearest(word: string, candidates: Iterable<string>): string | undefined {
  let best: { candidate: string; slips: number } | undefined;
  for (const candidate of candidates) {
    const slips = distance(word.toLowerCase(), candidate.toLowerCase());
    const isClose = slips <= 2 && slips < Math.max(word.length, candidate.length) / 2;
    if (isClose && slips < (best?.slips ?? Number.POSITIVE_INFINITY)) best = { candidate, slips };
  }
  return best?.candidate;
}

/**
 * Returns how many insertions, deletions, replacements and swaps of neighbours turn one text into the other.
 */
function distance(left: string, right: string): number {
  // More than two errors are too many anyway: skip the exact count.
  if (Math.abs(left.length - right.length) > 2) return Number.POSITIVE_INFINITY;
  let before: number[] = [];
  let previous = Array.from({ length: right.length + 1 }, (_, column) => column);
  for (let row = 1; row <= left.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= right.length; column += 1) {
      const isSame = left[row - 1] === right[column - 1];
      let slips = Math.min(
        (previous[column] ?? 0) + 1,
        (current[column - 1] ?? 0) + 1,
        (previous[column - 1] ?? 0) + (isSame ? 0 : 1),
      );
      const isSwap =
        row > 1 && column > 1 && left[row - 1] === right[column - 2] && left[row - 2] === right[column - 1];
      if (isSwap) slips = Math.min(slips, (before[column - 2] ?? 0) + 1);
      current.push(slips);
    }
    before = previous;
    previous = current;
  }
  return previous[right.length] ?? 0;
}
