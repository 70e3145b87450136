import { AppError } from "../../domain/errors.ts";

/** @throws AppError `cancelled` or `terminated` once the signal is aborted; `what` is what ends, with a capital */
export function endIfAsked(signal: AbortSignal | undefined, what: string): void {
  if (!signal?.aborted) return;
  const { reason } = signal;
  const isTerminated = reason instanceof AppError && reason.code === "terminated";
  const by = isTerminated ? "SIGTERM" : "Ctrl-C";
  throw new AppError(
    isTerminated ? "terminated" : "cancelled",
    `${what} was ended by ${by}; nothing was changed.`,
    {
      cause: reason,
    },
  );
}
