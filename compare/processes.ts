import { readFileSync } from "node:fs";
import { listProcesses } from "../src/system/processes/list.ts";

/** The processes that were started with this HOME, whoever their parents are now. */
export function processesOf(home: string): number[] {
  const mark = `HOME=${home}`;
  return listProcesses().flatMap(({ pid }) => {
    try {
      return readFileSync(`/proc/${pid}/environ`, "latin1").split("\0").includes(mark) ? [pid] : [];
    } catch {
      // It has just ended, or is of another user.
      return [];
    }
  });
}

/** The memory of processes, in bytes; what several of them share is counted once. */
export function memoryOf(pids: readonly number[]): number {
  return pids.reduce((total, pid) => total + proportionalBytes(pid), 0);
}

function proportionalBytes(pid: number): number {
  try {
    const text = readFileSync(`/proc/${pid}/smaps_rollup`, "utf8");
    return Number(/^Pss:\s+(\d+) kB$/m.exec(text)?.[1] ?? 0) * 1024;
  } catch {
    return 0;
  }
}

export function signalAll(pids: readonly number[], signal: NodeJS.Signals): void {
  for (const pid of pids) {
    try {
      process.kill(pid, signal);
    } catch {
      // It has just ended.
    }
  }
}
