import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";

/** The processes that belong to a turn. */
export function markedPids(turnId: string): number[] {
  const pids = execFileSync("ps", ["-eo", "pid="], { encoding: "utf8" }).trim().split(/\s+/);
  return pids.map(Number).filter((pid) => {
    try {
      const environment = readFileSync(`/proc/${pid}/environ`, "latin1");
      return environment.includes(`AGENT_SESSIONS_TURN=${turnId}\0`);
    } catch {
      return false;
    }
  });
}

/** Their command lines. */
export function markedProcesses(turnId: string): string[] {
  return markedPids(turnId).flatMap((pid) => {
    try {
      return [readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ").trim()];
    } catch {
      return [];
    }
  });
}
