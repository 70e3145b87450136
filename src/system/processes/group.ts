import { readFileSync } from "node:fs";
import { outputOf, parseStat } from "./identity.ts";

/** Returns the process group of a process; undefined when the process is gone. */
export function groupOfProcess(pid: number): number | undefined {
  try {
    if (process.platform === "linux") return parseStat(readFileSync(`/proc/${pid}/stat`, "utf8"))?.group;
    return Number(outputOf("ps", ["-o", "pgid=", "-p", String(pid)]));
  } catch {
    return undefined;
  }
}
