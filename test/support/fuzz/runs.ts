/** How often a property is tried: so often in every run of the tests, and FUZZ times as often where that is set. */
export function runs(count: number): { numRuns: number } {
  return { numRuns: count * Number(process.env.FUZZ || 1) };
}
