import { setTimeout as sleep } from "node:timers/promises";
import type { AppError } from "../domain/errors.ts";
import type { GenerationLock } from "./generation-lock.ts";

const PATIENCE_MS = 30_000;

/**
 * Does `work`, which is over in a moment, while no other process holds `lock`.
 *
 * @throws what `work` throws, and `stuck()` after 30 seconds in which the lock was never free.
 */
export async function withLock<T>(
  lock: GenerationLock,
  since: () => Date,
  work: () => T,
  stuck: () => AppError,
): Promise<T> {
  const startedMs = performance.now();
  for (;;) {
    const release = lock.tryTake({ since: since().toISOString() });
    if (release !== undefined) {
      try {
        return work();
      } finally {
        release();
      }
    }
    if (performance.now() - startedMs > PATIENCE_MS) throw stuck();
    // Uneven pauses keep fifty waiters from knocking all at once.
    await sleep(1 + Math.random() * 6);
  }
}
