import { setTimeout as sleep } from "node:timers/promises";
import type { AppError } from "../../domain/errors.ts";
import type { GenerationLock } from "./generation-lock.ts";

const PATIENCE_MS = 30_000;
const FIRST_PAUSE_MS = 3;
const LONGEST_PAUSE_MS = 25;

/**
 * Runs `work`, which is over in a moment, while this process owns `lock`.
 *
 * @throws the errors of `work`; `stuck()` after 30 seconds in which the lock was never free; the signal's
 * reason if it is aborted before that.
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
    // Random pauses keep fifty waiters from retrying at the same moment; longer pauses keep them from slowing
    // down the owner.
    await sleep(pauseMs * (0.5 + Math.random()));
  }
}
