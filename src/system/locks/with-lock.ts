import { setTimeout as sleep } from "node:timers/promises";
import type { AppError } from "../../domain/errors.ts";
import { waitAMoment } from "../terminal/output.ts";
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
): Promise<Awaited<T>> {
  const release = await take(lock, since, stuck, signal);
  try {
    return await work();
  } finally {
    release();
  }
}

async function take(
  lock: GenerationLock,
  since: () => Date,
  stuck: () => AppError,
  signal: AbortSignal | undefined,
): Promise<() => void> {
  let startedMs: number | undefined;
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 1.5, LONGEST_PAUSE_MS)) {
    signal?.throwIfAborted();
    const release = lock.tryTake({ since: since().toISOString() });
    if (release !== undefined) return release;
    startedMs ??= performance.now();
    if (performance.now() - startedMs > PATIENCE_MS) throw stuck();
    // Random pauses keep fifty waiters from retrying at the same moment; longer pauses keep them from slowing
    // down the owner.
    await sleep(pauseMs * (0.5 + Math.random()));
  }
}

/** An agent gives a hook ten seconds in total. */
const HOOK_PATIENCE_MS = 5_000;
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
    if (nowMs - startedMs > HOOK_PATIENCE_MS) throw stuck();
    const { state, generation } = lock.state();
    if (state !== "elsewhere" || generation !== unseen.generation) unseen = { generation, sinceMs: nowMs };
    else if (nowMs - unseen.sinceMs > UNSEEN_MS) lock.breakOpen();
    waitAMoment();
  }
}
