import type { AppError } from "../../domain/errors.ts";
import { waitAMoment } from "../terminal/output.ts";
import type { GenerationLock } from "./generation-lock.ts";

/** An agent gives a hook ten seconds in total. */
const PATIENCE_MS = 5_000;
/**
 * An owner that holds the lock this long and can't be seen, as in a container that is gone, counts as gone.
 */
const UNSEEN_MS = 2_000;

/**
 * As `withLock`, for work of a few milliseconds in a program that has nothing else to do: blocks the thread
 * until it owns the lock.
 *
 * @throws the errors of `work`, and `stuck()` after 5 seconds.
 */
export function withLockSync<T>(
  lock: GenerationLock,
  since: string,
  work: () => T,
  stuck: () => AppError,
): T {
  const startedMs = performance.now();
  let unseen = { generation: -1, sinceMs: startedMs };
  while (true) {
    const release = lock.tryTake({ since });
    if (release !== undefined) {
      try {
        return work();
      } finally {
        release();
      }
    }
    const nowMs = performance.now();
    if (nowMs - startedMs > PATIENCE_MS) throw stuck();
    const { state, generation } = lock.state();
    if (state !== "elsewhere" || generation !== unseen.generation) unseen = { generation, sinceMs: nowMs };
    else if (nowMs - unseen.sinceMs > UNSEEN_MS) lock.breakOpen();
    waitAMoment();
  }
}
