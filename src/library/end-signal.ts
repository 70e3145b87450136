import { AppError } from "../domain/errors.ts";

/**
 * Runs `work` with a signal that aborts when the caller's signal does, but always with an `AppError` as its
 * reason. Then it removes its listener from the caller's signal, which may live as long as the program.
 */
export async function withSignal<T>(
  signal: AbortSignal | undefined,
  message: string,
  work: (signal: AbortSignal | undefined) => Promise<T>,
): Promise<T> {
  if (signal === undefined) return work(undefined);
  const ending = new AbortController();
  // Node 20 warns at the eleventh listener on one signal. The signals that `AbortSignal.any` makes from it
  // are not counted.
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
