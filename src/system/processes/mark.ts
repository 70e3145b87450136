import { readFileSync } from "node:fs";

/** How often to look again, a millisecond apart, at one that is about to become another program. */
const MAX_LOOKS = 12;
/** The flag of the kernel's own threads, which never have an environment. */
const KERNEL_THREAD = 0x0020_0000;

/** Whether a process has a variable in its environment, given as `NAME=value`. Nobody can tell where there is no `/proc`. */
export function hasMark(pid: number, mark: string): boolean {
  let wasSettled = false;
  for (let looks = 0; looks < MAX_LOOKS; looks += 1) {
    const environment = read(`/proc/${pid}/environ`);
    if (environment === undefined) return false;
    if (environment !== "") return `\0${environment}`.includes(`\0${mark}\0`);
    const isSettled = !isBetweenPrograms(pid);
    // An empty one is believed between two such looks alone: the first one may be too late to tell.
    if (isSettled && wasSettled) return false;
    wasSettled = isSettled;
    if (!isSettled) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
  }
  return false;
}

/**
 * Whether a process is in the middle of an `exec`: for that moment Linux (6.18) shows no environment of it, and zero as
 * the place where that ends. It is the 51st field of all; the ninth are the flags, the third is the first one here.
 */
function isBetweenPrograms(pid: number): boolean {
  const stat = read(`/proc/${pid}/stat`) ?? "";
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return fields[0] !== "Z" && fields[48] === "0" && (Number(fields[6]) & KERNEL_THREAD) === 0;
}

/** Undefined for one that is gone, or of another user. */
function read(path: string): string | undefined {
  try {
    return readFileSync(path, "latin1");
  } catch {
    return undefined;
  }
}
