import { readFileSync } from "node:fs";
import { outputOf } from "./identity.ts";

/** Returns the command line of a process; empty for one that is gone or can't be inspected. */
export function wordsOfProcess(pid: number): string[] {
  try {
    if (process.platform === "linux")
      return readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0").slice(0, -1);
    return outputOf("ps", ["-o", "args=", "-p", String(pid)]).split(" ");
  } catch {
    return [];
  }
}
