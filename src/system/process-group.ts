import { readFileSync } from "node:fs";
import { identifyProcess, outputOf, type ProcessIdentity, parseStat } from "./process-identity.ts";
import { listProcesses } from "./process-list.ts";

/**
 * The living members of the process group that a process has led, without itself. On systems without `/proc`
 * the answer is the group's number itself while the group still takes signals.
 */
export function groupMembers(leader: ProcessIdentity): number[] {
  const group = leader.pid;
  // Asking for a signal is one system call; the walk through /proc is only for groups that still live.
  if (!isGroupAlive(group)) return [];
  // While a process of the group lives the system gives its number to nobody else, so a stranger under the
  // leader's number leads a group of its own.
  const now = identifyProcess(group);
  if (now !== undefined && now.start !== leader.start) return [];
  if (process.platform !== "linux") return [group];
  return listProcesses().flatMap((row) => (row.group === group && row.pid !== group ? [row.pid] : []));
}

/** The number of the group that a process belongs to; undefined when it is gone. */
export function groupOfProcess(pid: number): number | undefined {
  try {
    if (process.platform === "linux") return parseStat(readFileSync(`/proc/${pid}/stat`, "utf8"))?.group;
    return Number(outputOf("ps", ["-o", "pgid=", "-p", String(pid)]));
  } catch {
    return undefined;
  }
}

/** Sends a signal to every member of a group. Returns false when there is nobody left to take it. */
export function signalGroup(group: number, signal: NodeJS.Signals | 0): boolean {
  try {
    process.kill(-group, signal);
    return true;
  } catch {
    return false;
  }
}

function isGroupAlive(group: number): boolean {
  return signalGroup(group, 0);
}
