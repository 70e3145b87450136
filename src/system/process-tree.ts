import { readdirSync, readFileSync } from "node:fs";
import { identifyProcess, livenessOf, type ProcessIdentity, parseStat } from "./process-identity.ts";

const LOOK_MS = 25;

export interface Tree {
  /** The leader of the group that was started. */
  leader: ProcessIdentity;
  /** A variable in the environment of every process of the tree, as `NAME=value`. */
  mark: string;
}

/**
 * Finds the living processes of a tree: the leader's descendants, the members of its group, and whoever
 * carries the mark. Parents alone do not do: a daemon has none; groups alone neither: Claude 2.1.329 gives
 * each shell command a session of its own. Where there is no `/proc` only the leader is found.
 */
export function findTree({ leader, mark }: Tree): ProcessIdentity[] {
  const found = new Set<number>();
  if (process.platform === "linux") {
    const rows = readProcesses();
    for (const row of rows) if (row.group === leader.pid || hasMark(row.pid, mark)) found.add(row.pid);
    for (let isGrowing = true; isGrowing; ) {
      isGrowing = false;
      for (const { pid, parent } of rows) {
        if (found.has(pid) || !(found.has(parent) || parent === leader.pid)) continue;
        found.add(pid);
        isGrowing = true;
      }
    }
  }
  found.add(leader.pid);
  found.delete(process.pid);
  return [...found].flatMap((pid) => {
    const identity = pid === leader.pid ? leader : identifyProcess(pid);
    return identity !== undefined && livenessOf(identity) === "alive" ? [identity] : [];
  });
}

export interface EndOptions {
  /** What asks the leader's group to end cleanly. */
  gentle: NodeJS.Signals;
  /** How long it may take for that. */
  graceMs: number;
  /** Aborts the patience. */
  hurry?: AbortSignal | undefined;
}

/**
 * Ends a tree, gently first, and resolves when nobody of it is left. A process is signalled only while its
 * start time is the one it was found with, so that a recycled number hits nobody.
 */
export async function endTree(tree: Tree, { gentle, graceMs, hurry }: EndOptions): Promise<void> {
  const known = new Map<string, ProcessIdentity>();
  // Whoever was seen once is remembered: when a parent dies, its children are nobody's descendants.
  const alive = () => {
    for (const identity of findTree(tree)) known.set(`${identity.pid}:${identity.start}`, identity);
    return [...known.values()].filter((identity) => livenessOf(identity) === "alive");
  };
  alive();
  signal(-tree.leader.pid, gentle);
  const startedMs = performance.now();
  while (alive().length > 0 && performance.now() - startedMs < graceMs && hurry?.aborted !== true)
    await pause();
  for (let left = alive(); left.length > 0; left = alive()) {
    for (const identity of left) {
      if (livenessOf(identity) === "alive") signal(identity.pid, "SIGKILL");
    }
    await pause();
  }
}

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, LOOK_MS));
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // Gone in this very moment.
  }
}

function readProcesses(): { pid: number; parent: number; group: number }[] {
  return readdirSync("/proc").flatMap((entry) => {
    const pid = Number(entry);
    if (!Number.isInteger(pid)) return [];
    try {
      const stat = parseStat(readFileSync(`/proc/${pid}/stat`, "utf8"));
      return stat === undefined ? [] : [{ pid, parent: stat.parent, group: stat.group }];
    } catch {
      return [];
    }
  });
}

function hasMark(pid: number, mark: string): boolean {
  try {
    return `\0${readFileSync(`/proc/${pid}/environ`, "latin1")}`.includes(`\0${mark}\0`);
  } catch {
    // Gone, or of another user.
    return false;
  }
}
