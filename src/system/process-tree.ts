import { readFileSync } from "node:fs";
import { isOfThisBoot, livenessOf, type ProcessIdentity } from "./process-identity.ts";
import { listProcesses, type ProcessRow } from "./process-list.ts";

const LOOK_MS = 25;
/** After this long a process that was sent SIGKILL is one that we may not kill, or that hangs in the kernel. */
const KILL_MS = 1_000;

export interface Tree {
  /** The leader of the group that was started. */
  leader: ProcessIdentity;
  /** A variable in the environment of every process of the tree, as `NAME=value`. */
  mark: string;
}

/**
 * Finds the living processes of a tree: the leader's descendants, the members of its group, and whoever
 * carries the mark. Parents alone do not do: a daemon has none; groups alone neither: Claude 2.1.329 gives
 * each shell command a session of its own. The mark is looked for where there is a `/proc`.
 */
export function findTree({ leader, mark }: Tree): ProcessIdentity[] {
  if (!isOfThisBoot(leader)) return [];
  const rows = listProcesses();
  const found = new Set<number>();
  const marked = new Set(rows.filter(({ pid }) => hasMark(pid, mark)).map(({ pid }) => pid));
  const isOurGroup = isGroupOf(leader, rows, marked);
  for (const { pid, group } of rows)
    if ((isOurGroup && (pid === leader.pid || group === leader.pid)) || marked.has(pid)) found.add(pid);
  const isChild = (parent: number) => found.has(parent) || (isOurGroup && parent === leader.pid);
  for (let isGrowing = true; isGrowing; ) {
    isGrowing = false;
    for (const { pid, parent } of rows) {
      if (found.has(pid) || !isChild(parent)) continue;
      found.add(pid);
      isGrowing = true;
    }
  }
  found.delete(process.pid);
  const { boot, host, namespace } = leader;
  return rows
    .filter(({ pid }) => found.has(pid))
    .map(({ pid, start }) => ({ pid, start, boot, host, namespace }));
}

/**
 * Whether the group of the leader's number is still the leader's. While one of its processes lives, the system
 * gives the number to nobody else; after that a stranger may lead a group of that number, and may be gone in turn.
 */
function isGroupOf(
  leader: ProcessIdentity,
  rows: readonly ProcessRow[],
  marked: ReadonlySet<number>,
): boolean {
  const found = rows.find(({ pid }) => pid === leader.pid);
  if (found !== undefined) return found.start === leader.start;
  // Where no environment can be looked into, there is nothing else to go by.
  if (process.platform !== "linux") return true;
  return rows.some(({ pid, group }) => group === leader.pid && marked.has(pid));
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
 * Ends a tree, gently first. Resolves with those that can't be killed, such as a process of another user: no
 * one else is left. A process is signalled only while its start time is the one it was found with, so that a
 * recycled number hits nobody.
 */
export async function endTree(
  tree: Tree,
  { gentle, graceMs, hurry }: EndOptions,
): Promise<ProcessIdentity[]> {
  const known = new Map<string, ProcessIdentity>();
  // Whoever was seen once is remembered: when a parent dies, its children are nobody's descendants.
  const alive = () => {
    for (const identity of findTree(tree)) known.set(`${identity.pid}:${identity.start}`, identity);
    return [...known.values()].filter((identity) => livenessOf(identity) === "alive");
  };
  const first = alive();
  if (livenessOf(tree.leader) === "alive") signal(-tree.leader.pid, gentle);
  else for (const identity of first) signal(identity.pid, gentle);
  const startedMs = performance.now();
  while (alive().length > 0 && performance.now() - startedMs < graceMs && hurry?.aborted !== true)
    await pause();
  const killedMs = performance.now();
  for (let left = alive(); ; left = alive()) {
    if (left.length === 0 || performance.now() - killedMs > KILL_MS) return left;
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

function hasMark(pid: number, mark: string): boolean {
  try {
    return `\0${readFileSync(`/proc/${pid}/environ`, "latin1")}`.includes(`\0${mark}\0`);
  } catch {
    // Gone, or of another user.
    return false;
  }
}
