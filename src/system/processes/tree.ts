import { isOfThisBoot, livenessOf, type ProcessIdentity } from "./identity.ts";
import { listProcesses, type ProcessRow } from "./list.ts";
import { hasMark } from "./mark.ts";
import { bornSince, newestPid } from "./newborns.ts";

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
 *
 * A walk over the machine's processes is no picture of it: who ends before it comes by and has left a child behind is
 * missed, and so is the child. So whoever was born meanwhile is looked at too. `atSight` hears of each one at once.
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
  const look = (atSight?: (found: ProcessIdentity) => void) => {
    const found = findTree(tree, atSight);
    for (const identity of found) known.set(`${identity.pid}:${identity.start}`, identity);
    const left = [...known.values()].filter((identity) => livenessOf(identity) === "alive");
    // Those who were seen and are gone may have left children behind, whom nobody has seen yet.
    return { left, isOver: found.length === 0 && left.length === 0 };
  };
  const { left: first } = look();
  if (livenessOf(tree.leader) === "alive") signal(-tree.leader.pid, gentle);
  else for (const identity of first) signal(identity.pid, gentle);
  const startedMs = performance.now();
  while (!look().isOver && performance.now() - startedMs < graceMs && hurry?.aborted !== true) await pause();
  const killedMs = performance.now();
  for (;;) {
    // At sight: a chain of processes of which each lives for a moment is gone from where a whole walk has seen it.
    const { left, isOver } = look(({ pid }) => signal(pid, "SIGKILL"));
    if (isOver || performance.now() - killedMs > KILL_MS) return left;
    for (const identity of left) if (livenessOf(identity) === "alive") signal(identity.pid, "SIGKILL");
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
