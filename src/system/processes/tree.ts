import { setTimeout as sleep } from "node:timers/promises";
import { isOfThisBoot, livenessOf, type ProcessIdentity } from "./identity.ts";
import { listProcesses, type ProcessRow } from "./list.ts";
import { hasMark } from "./mark.ts";
import { bornSince, newestPid } from "./newborns.ts";

const LOOK_MS = 25;
/** A process that survives SIGKILL for this long hangs in the kernel, or may not be killed by this user. */
const KILL_MS = 1_000;

export interface Tree {
  /** The leader of the group that was started. */
  leader: ProcessIdentity;
  /** A variable in the environment of every process of the tree, as `NAME=value`. */
  mark: string;
}

/**
 * Finds the living processes of a tree: the leader's descendants, the members of its process group, and every
 * process that carries the mark. Parents alone are not enough: a daemon has none. Groups alone are not enough
 * either: Claude 2.1.329 gives each shell command a session of its own. The mark is checked where there is a
 * `/proc`.
 *
 * A walk over the machine's processes is not atomic: a process that forks and ends before the walk reaches it
 * is missed, and so is its child. So processes that started meanwhile are checked, too. `atSight` is called
 * for each process as soon as it is found.
 */
export function findTree(
  { leader, mark }: Tree,
  atSight: (found: ProcessIdentity) => void = () => undefined,
): ProcessIdentity[] {
  if (!isOfThisBoot(leader)) return [];
  const { boot, host, namespace } = leader;
  const tree = new Map<number, ProcessIdentity>();
  const add = ({ pid, start }: ProcessRow) => {
    const identity = { pid, start, boot, host, namespace };
    tree.set(pid, identity);
    if (pid !== process.pid) atSight(identity);
  };
  const newest = newestPid();
  const rows = listProcesses();
  const marked = new Set(rows.filter(({ pid }) => hasMark(pid, mark)).map(({ pid }) => pid));
  const isOurGroup = isGroupOf(leader, rows, marked);
  const isGroupMember = ({ pid, group, start }: ProcessRow) =>
    isOurGroup && (pid === leader.pid ? start === leader.start : group === leader.pid);
  const isChild = ({ parent }: ProcessRow) => tree.has(parent) || (isOurGroup && parent === leader.pid);
  for (const row of rows) if (isGroupMember(row) || marked.has(row.pid)) add(row);
  for (let size = -1; size !== tree.size; ) {
    size = tree.size;
    for (const row of rows) if (!tree.has(row.pid) && isChild(row)) add(row);
  }
  for (const row of newest === undefined ? [] : bornSince(newest))
    if (hasMark(row.pid, mark) || isGroupMember(row) || isChild(row)) add(row);
  tree.delete(process.pid);
  return [...tree.values()];
}

/**
 * Whether the group with the leader's number is still the leader's. While a process of the group lives, the
 * system does not reuse the number. After that, a stranger may lead a group of that number, and may have
 * exited in turn.
 */
function isGroupOf(
  leader: ProcessIdentity,
  rows: readonly ProcessRow[],
  marked: ReadonlySet<number>,
): boolean {
  const found = rows.find(({ pid }) => pid === leader.pid);
  if (found !== undefined) return found.start === leader.start;
  // Where no environment can be read, nothing else can be checked.
  if (process.platform !== "linux") return true;
  return rows.some(({ pid, group }) => group === leader.pid && marked.has(pid));
}

export interface EndOptions {
  /** The signal that asks the leader's group to end cleanly. */
  gentle: NodeJS.Signals;
  /** How long the group may take to end cleanly. */
  graceMs: number;
  /** Ends that time early. */
  hurry?: AbortSignal | undefined;
}

/**
 * Ends a tree, gently first. Resolves with the processes that can't be killed, such as those of another user;
 * no other process is left. A process gets a signal only while its start time is the one it was found with,
 * so that no other process with a reused PID is hit.
 */
export async function endTree(
  tree: Tree,
  { gentle, graceMs, hurry }: EndOptions,
): Promise<ProcessIdentity[]> {
  const known = new Map<string, ProcessIdentity>();
  // Found processes are remembered: when a parent dies, its children are no longer descendants.
  const look = (atSight?: (found: ProcessIdentity) => void) => {
    const found = findTree(tree, atSight);
    for (const identity of found) known.set(`${identity.pid}:${identity.start}`, identity);
    const left = [...known.values()].filter((identity) => livenessOf(identity) === "alive");
    // Processes that were found and are gone now may have left children that no search has found yet.
    return { left, isOver: found.length === 0 && left.length === 0 };
  };
  const { left: first } = look();
  if (livenessOf(tree.leader) === "alive") signal(-tree.leader.pid, gentle);
  else for (const identity of first) signal(identity.pid, gentle);
  const startedMs = performance.now();
  while (!look().isOver && performance.now() - startedMs < graceMs && hurry?.aborted !== true)
    await sleep(LOOK_MS);
  const killedMs = performance.now();
  for (;;) {
    // Kill at sight: in a chain of short-lived processes, each one is gone when the whole walk is over.
    const { left, isOver } = look(({ pid }) => signal(pid, "SIGKILL"));
    if (isOver || performance.now() - killedMs > KILL_MS) return left;
    for (const identity of left) if (livenessOf(identity) === "alive") signal(identity.pid, "SIGKILL");
    await sleep(LOOK_MS);
  }
}

/** Sends a signal to a process, or to the group of a negated leader, unless it has just exited. */
export function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // The process has just exited.
  }
}
