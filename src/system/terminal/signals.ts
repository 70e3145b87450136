import { AppError } from "../../domain/errors.ts";

/**
 * From now on, the first Ctrl-C or SIGTERM aborts `signal`, with an AppError as its reason, and the second
 * one aborts `hurry`. Before this call, either signal ends the process at once.
 */
export function catchEndSignals(): { signal: AbortSignal; hurry: AbortSignal } {
  const first = new AbortController();
  const second = new AbortController();
  const on = (name: NodeJS.Signals, reason: AppError) =>
    process.on(name, () => (first.signal.aborted ? second.abort() : first.abort(reason)));
  on("SIGINT", new AppError("cancelled", "The turn was cancelled by Ctrl-C."));
  on("SIGTERM", new AppError("terminated", "The turn was ended: this command got SIGTERM."));
  return { signal: first.signal, hurry: second.signal };
}
