/** Not how long anything takes, but how long a machine may be busy with other things. */
export const PATIENCE_MS = 120_000;

export interface UntilOptions {
  /** What is being waited for, said in the error. */
  what: string;
  timeoutMs?: number | undefined;
  everyMs?: number;
}

/**
 * Polls until `predicate` gives something other than undefined or false, and returns that. A test waits for
 * what it needs to see, never for a time in which it hopes to have happened.
 */
export async function until<Seen>(
  predicate: () => Seen | undefined | false | Promise<Seen | undefined | false>,
  { what, timeoutMs = PATIENCE_MS, everyMs = 10 }: UntilOptions,
): Promise<Seen> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const seen = await predicate();
    if (seen !== undefined && seen !== false) return seen;
    if (performance.now() >= deadline) throw new Error(`Waited ${timeoutMs} ms in vain for ${what}.`);
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
}
