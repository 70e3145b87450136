import { existsSync, readFileSync } from "node:fs";

/** How often to read again, a millisecond apart, while a process is in the middle of an `exec`. */
const MAX_LOOKS = 12;
const SETTLED_LOOKS = 3;
/** The flag of kernel threads, which never have an environment. */
const KERNEL_THREAD = 0x0020_0000;

/** Whether the environments of other processes can be read here. */
export function canSeeMarks(): boolean {
  return existsSync("/proc/self/environ");
}

/**
 * Whether a process has a variable in its environment, given as `NAME=value`. False where there is no
 * `/proc`.
 */
export function hasMark(pid: number, mark: string): boolean {
  return hasInEnvironment(pid, `\0${mark}\0`);
}

/** Does the same for a variable whose value is an absolute path. */
export function hasPathVariable(pid: number, name: string): boolean {
  return hasInEnvironment(pid, `\0${name}=/`);
}

/** Returns the value that a variable had when a process began its program; undefined where it had none, or can't be seen. */
export function variableOf(pid: number, name: string): string | undefined {
  const environment = environmentOf(pid);
  const at = environment.indexOf(`\0${name}=`);
  if (at === -1) return undefined;
  const from = at + name.length + 2;
  return Buffer.from(environment.slice(from, environment.indexOf("\0", from)), "latin1").toString("utf8");
}

function hasInEnvironment(pid: number, text: string): boolean {
  return environmentOf(pid).includes(text);
}

/** Returns each variable of a process between two zero bytes; nothing where it has none, or none can be seen. */
function environmentOf(pid: number): string {
  let settled = 0;
  for (let looks = 0; looks < MAX_LOOKS; looks += 1) {
    const environment = read(`/proc/${pid}/environ`);
    if (environment === undefined) return "";
    if (environment !== "") return `\0${environment}`;
    const isSettled = !isBetweenPrograms(pid);
    // An empty environment counts only after several checks in a row that see no `exec`: each may come too late to see
    // one, and a process can run one program after another.
    settled = isSettled ? settled + 1 : 0;
    if (settled === SETTLED_LOOKS) return "";
    if (!isSettled) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
  }
  return "";
}

/**
 * Whether a process is in the middle of an `exec`: for that moment, Linux (6.18) shows an empty environment,
 * and zero as the address of its end. That address is field 51, the flags are field 9, and the first element
 * here is field 3.
 */
function isBetweenPrograms(pid: number): boolean {
  const stat = read(`/proc/${pid}/stat`) ?? "";
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return fields[0] !== "Z" && fields[48] === "0" && (Number(fields[6]) & KERNEL_THREAD) === 0;
}

/** Returns undefined for a process that is gone, or of another user. */
function read(path: string): string | undefined {
  try {
    return readFileSync(path, "latin1");
  } catch {
    return undefined;
  }
}
