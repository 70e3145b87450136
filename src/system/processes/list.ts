import { readdirSync, readFileSync } from "node:fs";
import { outputOf, parseStat } from "./identity.ts";

export interface ProcessRow {
  pid: number;
  parent: number;
  group: number;
  /** In the notation of `ProcessIdentity`. */
  start: string;
}

/** Returns all processes of this machine that are visible from here, without zombies. */
export function listProcesses(): ProcessRow[] {
  if (process.platform !== "linux")
    return parseRows(outputOf("ps", ["-axo", "pid=,ppid=,pgid=,stat=,lstart="]));
  return readdirSync("/proc").flatMap((entry) => {
    const pid = Number(entry);
    const row = Number.isInteger(pid) ? rowOf(pid) : undefined;
    return row === undefined ? [] : [row];
  });
}

/** Reads from `/proc` the row of one process, or of one thread. */
export function rowOf(pid: number): ProcessRow | undefined {
  try {
    const stat = parseStat(readFileSync(`/proc/${pid}/stat`, "utf8"));
    return stat === undefined
      ? undefined
      : { pid, parent: stat.parent, group: stat.group, start: stat.start };
  } catch {
    // The process has just exited.
    return undefined;
  }
}

/** Returns a process and those that it descends from, the nearest first, as far as they can be seen from here. */
export function lineOf(pid: number): ProcessRow[] {
  const isLinux = process.platform === "linux";
  const all = isLinux ? undefined : new Map(listProcesses().map((row) => [row.pid, row]));
  const line: ProcessRow[] = [];
  const seen = new Set<number>();
  for (let next = pid; next > 0 && !seen.has(next); ) {
    seen.add(next);
    const row = all === undefined ? rowOf(next) : all.get(next);
    if (row === undefined) break;
    line.push(row);
    next = row.parent;
  }
  return line;
}

/** Parses the rows of `ps -axo pid=,ppid=,pgid=,stat=,lstart=`. */
export function parseRows(text: string): ProcessRow[] {
  return text.split("\n").flatMap((line) => {
    const match = /^\s*(\d+)\s+(\d+)\s+(\d+)\s+(\S+)\s+(\S.*)$/.exec(line.trimEnd());
    const [, pid, parent, group, state, start] = match ?? [];
    if (start === undefined || state?.startsWith("Z")) return [];
    return [{ pid: Number(pid), parent: Number(parent), group: Number(group), start }];
  });
}

/** Returns the process group of a process; undefined when the process is gone. */
export function groupOfProcess(pid: number): number | undefined {
  try {
    if (process.platform === "linux") return parseStat(readFileSync(`/proc/${pid}/stat`, "utf8"))?.group;
    return Number(outputOf("ps", ["-o", "pgid=", "-p", String(pid)]));
  } catch {
    return undefined;
  }
}

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
