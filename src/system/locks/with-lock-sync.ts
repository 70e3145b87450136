import type { AppError } from "../../domain/errors.ts";
import { waitAMoment } from "../terminal/output.ts";
import type { GenerationLock } from "./generation-lock.ts";

/** A hook of an agent has ten seconds in all. */
const PATIENCE_MS = 5_000;
/** Who holds the lock for so long and can't be seen, as in a container that is gone, is taken for gone. */
const UNSEEN_MS = 2_000;

/**
 * As `withLock`, for work of a few milliseconds in a program that has nothing else to do: it stands still until the
 * lock is its own.
 *
 * @throws what `work` throws, and `stuck()` after 5 seconds.
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
