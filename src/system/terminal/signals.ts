import { writeSync } from "node:fs";
import { AppError } from "../../domain/errors.ts";
import { isTerminal } from "./is-terminal.ts";
import { forTerminal } from "./text.ts";

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

let words: string | undefined;
let isListening = false;

/**
 * Sets the text that is written to stderr when this command must leave its work behind: when its terminal
 * hangs up, or when its output has no reader any more. From now on, a hang-up ends the process with exit code
 * 129.
 */
export function setLastWords(text: string): void {
  words = text;
  if (isListening) return;
  isListening = true;
  process.on("SIGHUP", () => leave(129));
}

/** Writes the last words and ends the process. */
export function leave(exitCode: number): never {
  try {
    if (words !== undefined) writeSync(2, isTerminal(2) ? forTerminal(words) : words);
  } catch {
    // Stderr can't be written to any more.
  }
  process.exit(exitCode);
}
