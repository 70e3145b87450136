import { writeSync } from "node:fs";
import { isatty } from "node:tty";
import { forTerminal } from "./text.ts";

let words: string | undefined;
let isListening = false;

/**
 * What to say on standard error when this command has to leave its work behind: when its terminal hangs up, or
 * when nobody reads its output any more. From now on a hang-up ends it with exit code 129.
 */
export function setLastWords(text: string): void {
  words = text;
  if (isListening) return;
  isListening = true;
  process.on("SIGHUP", () => leave(129));
}

/** Ends the process with its last words. */
export function leave(exitCode: number): never {
  try {
    if (words !== undefined) writeSync(2, isatty(2) ? forTerminal(words) : words);
  } catch {
    // There is nobody to hear them.
  }
  process.exit(exitCode);
}
