/** Something the demo shows did not come out as promised. Its message is a sentence for people. */
export class BrokenPromise extends Error {}

/** The demo believes nothing: whatever it shows, it checks, and it stops at the first thing that is not so. */
export function verify(holds: boolean, otherwise: string): asserts holds {
  if (!holds) throw new BrokenPromise(otherwise);
}
