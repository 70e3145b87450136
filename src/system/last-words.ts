import { readFileSync, writeSync } from "node:fs";

let words: string | undefined;
let isListening = false;

/**
 * What to say on standard error when this command has to leave its work behind: when its terminal hangs up, or
 * when nobody reads its output any more. From now on a hang-up ends it with exit code 129.
 */
export function setLastWords(text: string): void {
  words = text;
  if (isListening || isHangUpIgnored()) return;
  isListening = true;
  process.on("SIGHUP", () => leave(129));
}

/** Ends the process with its last words. */
export function leave(exitCode: number): never {
  try {
    if (words !== undefined) writeSync(2, words);
  } catch {
    // There is nobody to hear them.
  }
  process.exit(exitCode);
}

/** Under nohup a hang-up is to be ignored; a listener of ours would undo that. */
function isHangUpIgnored(): boolean {
  try {
    const mask = /^SigIgn:\s*([0-9a-f]+)$/m.exec(readFileSync("/proc/self/status", "utf8"))?.[1];
    return mask !== undefined && (BigInt(`0x${mask}`) & 1n) === 1n;
  } catch {
    return false;
  }
}
