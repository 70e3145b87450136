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

/** Parses the rows of `ps -axo pid=,ppid=,pgid=,stat=,lstart=`. */
export function parseRows(text: string): ProcessRow[] {
  return text.split("\n").flatMap((line) => {
    const match = /^\s*(\d+)\s+(\d+)\s+(\d+)\s+(\S+)\s+(\S.*)$/.exec(line.trimEnd());
    const [, pid, parent, group, state, start] = match ?? [];
    if (start === undefined || state?.startsWith("Z")) return [];
    return [{ pid: Number(pid), parent: Number(parent), group: Number(group), start }];
  });
}
