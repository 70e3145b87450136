import { setTimeout as sleep } from "node:timers/promises";
import type { AppError } from "../../domain/errors.ts";
import type { GenerationLock } from "./generation-lock.ts";

const PATIENCE_MS = 30_000;
const FIRST_PAUSE_MS = 3;
const LONGEST_PAUSE_MS = 25;

/**
 * Does `work`, which is over in a moment, while no other process holds `lock`.
 *
 * @throws what `work` throws; `stuck()` after 30 seconds in which the lock was never free; the signal's reason where
 * that comes before.
 */
export async function withLock<T>(
  lock: GenerationLock,
  since: () => Date,
  work: () => T,
  stuck: () => AppError,
  signal?: AbortSignal,
): Promise<T> {
  let startedMs: number | undefined;
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 1.5, LONGEST_PAUSE_MS)) {
    signal?.throwIfAborted();
    const release = lock.tryTake({ since: since().toISOString() });
    if (release !== undefined) {
      try {
        return work();
      } finally {
        release();
      }
    }
    startedMs ??= performance.now();
    if (performance.now() - startedMs > PATIENCE_MS) throw stuck();
    // Uneven pauses keep fifty waiters from knocking all at once, and longer ones from holding up whoever works.
    await sleep(pauseMs * (0.5 + Math.random()));
  }
}
