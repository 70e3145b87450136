/** For each name, when the turn that this process asked for last has its place. */
const last = new Map<string, Promise<void>>();

/**
 * Has turns come to a name in the order in which this process asks for them: `work` begins when the one before
 * has its place, and calls `onPlaced` when its own turn has. Of turns that several processes ask for in the same
 * moment, the line itself decides.
 */
export async function inOrder<T>(
  key: readonly string[],
  signal: AbortSignal | undefined,
  work: (onPlaced: () => void) => Promise<T>,
): Promise<T> {
  const id = JSON.stringify(key);
  const before = last.get(id);
  let onPlaced: () => void = () => undefined;
  const placed = new Promise<void>((resolve) => {
    onPlaced = resolve;
  });
  last.set(id, placed);
  try {
    // Whoever is to be ended has nothing to wait for.
    const ended = new Promise((resolve) => signal?.addEventListener("abort", resolve, { once: true }));
    if (before !== undefined && !signal?.aborted) await Promise.race([before, ended]);
    return await work(onPlaced);
  } finally {
    onPlaced();
    if (last.get(id) === placed) last.delete(id);
  }
}
