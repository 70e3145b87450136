import { writeSync } from "node:fs";
import { isatty } from "node:tty";
import { forTerminal } from "./text.ts";

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
    if (words !== undefined) writeSync(2, isatty(2) ? forTerminal(words) : words);
  } catch {
    // Stderr can't be written to any more.
  }
  process.exit(exitCode);
}
