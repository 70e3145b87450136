import { setTimeout as sleep } from "node:timers/promises";
import { AppError } from "../../domain/errors.ts";

/** How often a store that is away is asked again. */
const AGAIN_MS = 200;

/**
 * Asks again while the store that machines share is away: the turns there go on. Each time it calls `onAway`, unless
 * `isOver` throws or returns true, which throws why the store is away.
 */
export async function outlast<T>(
  ask: () => Promise<T>,
  isOver: () => boolean,
  onAway: (error: AppError) => void = () => undefined,
): Promise<T> {
  for (;;)
    try {
      return await ask();
    } catch (error) {
      if (!isAway(error) || isOver()) throw error;
      onAway(error);
      await sleep(AGAIN_MS);
    }
}

/** Whether an error says that the store can't be reached now, which may pass. */
export function isAway(error: unknown): error is AppError {
  return error instanceof AppError && error.facts.is_away === true;
}
