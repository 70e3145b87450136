import { readFileSync } from "node:fs";
import { outputOf } from "./identity.ts";

/** The words a process was started with; none for one that is gone or may not be looked at. */
export function wordsOfProcess(pid: number): string[] {
  try {
    if (process.platform === "linux")
      return readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0").slice(0, -1);
    return outputOf("ps", ["-o", "args=", "-p", String(pid)]).split(" ");
  } catch {
    return [];
  }
}
