import { AppError } from "../domain/errors.ts";

/**
 * Runs `work` with a signal that aborts as the caller's does, but always with an `AppError` as its reason, and
 * lets go of the caller's afterwards: that one may live as long as the program.
 */
export async function withSignal<T>(
  signal: AbortSignal | undefined,
  message: string,
  work: (signal: AbortSignal | undefined) => Promise<T>,
): Promise<T> {
  if (signal === undefined) return work(undefined);
  const ending = new AbortController();
  // Node 20 warns of the eleventh listener of one signal; of those that follow it there may be any number.
  const followed = AbortSignal.any([signal]);
  const end = () => {
    const { reason } = followed;
    ending.abort(reason instanceof AppError ? reason : new AppError("cancelled", message, { cause: reason }));
  };
  if (followed.aborted) end();
  else followed.addEventListener("abort", end, { once: true });
  try {
    return await work(ending.signal);
  } finally {
    followed.removeEventListener("abort", end);
  }
}
