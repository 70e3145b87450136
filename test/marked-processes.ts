import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";

/** The command lines of all processes that belong to a turn. */
export function markedProcesses(turnId: string): string[] {
  const pids = execFileSync("ps", ["-eo", "pid="], { encoding: "utf8" }).trim().split(/\s+/);
  return pids.flatMap((pid) => {
    try {
      const environment = readFileSync(`/proc/${pid}/environ`, "latin1");
      if (!environment.includes(`AGENT_SESSIONS_TURN=${turnId}\0`)) return [];
      return [readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ").trim()];
    } catch {
      return [];
    }
  });
}
