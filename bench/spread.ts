/** Where a row of measured values lies. */
export interface Spread {
  median: number;
  min: number;
  max: number;
}

/** @throws RangeError when there is no value. */
export function spreadOf(values: readonly number[]): Spread {
  const sorted = [...values].sort((left, right) => left - right);
  const half = (sorted.length - 1) / 2;
  return {
    median: (at(sorted, Math.floor(half)) + at(sorted, Math.ceil(half))) / 2,
    min: at(sorted, 0),
    max: at(sorted, sorted.length - 1),
  };
}

/** What each value is more than its neighbour of the same round. */
export function differences(values: readonly number[], baseline: readonly number[]): number[] {
  return values.map((value, round) => value - at(baseline, round));
}

/** How many times each value is its neighbour of the same round. */
export function ratios(values: readonly number[], baseline: readonly number[]): number[] {
  return values.map((value, round) => value / at(baseline, round));
}

function at(values: readonly number[], index: number): number {
  const value = values[index];
  if (value === undefined) throw new RangeError(`There is no value number ${index}.`);
  return value;
}
