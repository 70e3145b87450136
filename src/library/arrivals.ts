/** For each name: a promise that resolves when the newest turn of this process has its place. */
const last = new Map<string, Promise<void>>();

/**
 * Runs the turns of a name in the order in which this process asks for them: `work` begins when the turn
 * before has its place, and calls `onPlaced` when its own turn has one. Between several processes, the line
 * itself decides the order.
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
    // A turn that is aborted does not wait for the turn before it.
    const ended = new Promise((resolve) => signal?.addEventListener("abort", resolve, { once: true }));
    if (before !== undefined && !signal?.aborted) await Promise.race([before, ended]);
    return await work(onPlaced);
  } finally {
    onPlaced();
    if (last.get(id) === placed) last.delete(id);
  }
}
