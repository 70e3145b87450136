import { existsSync } from "node:fs";
import { dirname } from "node:path";

const parent = process.ppid;

/** Whether the test that started this process is over: its folder is removed, or it is gone itself. */
function isAbandoned(folder: string): boolean {
  return process.ppid !== parent || !existsSync(folder);
}

/** Waits, without a turn of the event loop, until the test has made this file. */
export function waitForGate(gate: string): void {
  while (!existsSync(gate)) {
    if (isAbandoned(dirname(gate))) process.exit(1);
    pause(1);
  }
}

/** Stands still until the test kills this process. */
export function standStill(folder: string): never {
  while (!isAbandoned(folder)) pause(50);
  process.exit(1);
}

function pause(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}
