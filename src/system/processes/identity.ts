import { createHash } from "node:crypto";
import { readFileSync, readlinkSync } from "node:fs";
import { hostname } from "node:os";
import { AppError } from "../../domain/errors.ts";
import { maybe, object, pid, type Shape, text } from "../../domain/shape.ts";
import { errnoOf } from "../errors.ts";
import { fileSystemOf } from "../places/file-system.ts";

/**
 * Distinguishes a process from any later one with the same PID: PID, start time, and the boot and PID
 * namespace in which they are valid.
 */
export interface ProcessIdentity {
  pid: number;
  /** The start time, in the system's own notation; only ever compared for equality. */
  start: string;
  boot: string;
  host: string;
  /** An id that the machine keeps over its boots; absent where there is none, and in files that 0.1 wrote. */
  machine?: string;
  namespace: string;
}

/** Checks a process identity read from a file; undefined for anything else. */
export const asProcessIdentity: Shape<ProcessIdentity> = object({
  pid,
  start: text,
  boot: text,
  host: text,
  machine: maybe(text),
  namespace: text,
});

export type Liveness = "alive" | "gone" | "elsewhere";

let known: Pick<ProcessIdentity, "boot" | "namespace"> | undefined;

function here() {
  known ??= { boot: bootId(), namespace: pidNamespace() };
  return known;
}

let machineKnown: Pick<ProcessIdentity, "host" | "machine"> | undefined;

/** Apart from `here`: its hash is slow to load, and most processes belong to this boot or are not asked for. */
function thisMachine() {
  if (machineKnown !== undefined) return machineKnown;
  const machine = machineId();
  machineKnown = { host: hostname(), ...(machine === undefined ? {} : { machine }) };
  return machineKnown;
}

/** The boot of this machine, as the identities of its processes name it. */
export function thisBoot(): string {
  return here().boot;
}

const stateFolders = new Set<string>();

/**
 * Registers a folder from which this program reads process identities: on a network file system, they may be
 * another machine's.
 */
export function readsProcessesIn(folder: string): void {
  stateFolders.add(folder);
}

function mayBeShared(): boolean {
  return [...stateFolders].some((folder) => fileSystemOf(folder, process.platform).kind === "network");
}

/** Identifies a running process, or returns undefined when there is none with this pid. */
export function identifyProcess(pid: number): ProcessIdentity | undefined {
  const start = startTimeOf(pid);
  return start === undefined ? undefined : identity(pid, start);
}

let own: ProcessIdentity | undefined;

/** Identifies this process. */
export function identifySelf(): ProcessIdentity {
  own ??= identifyProcess(process.pid) ?? identity(process.pid, "unknown");
  return own;
}

function identity(pid: number, start: string): ProcessIdentity {
  return { pid, start, ...here(), ...thisMachine() };
}

/**
 * Returns a key for the session of this process, such as that of a terminal's shell. The key contains the
 * start time, because the number of a session may be reused. Outside of Linux, it is the parent's key.
 */
export function terminalKey(): string {
  if (process.platform !== "linux") return `parent ${process.ppid} ${startTimeOf(process.ppid)}`;
  const session = parseStat(fromProc("/proc/self/stat", readText))?.session ?? 0;
  return `${here().boot} ${session} ${startTimeOf(session)}`;
}

/** Returns the name and PID of the program that started this one. */
export function parentName(): string {
  const { ppid } = process;
  try {
    const name = process.platform === "linux" ? readFileSync(`/proc/${ppid}/comm`, "utf8").trim() : "process";
    return `${name} (${ppid})`;
  } catch {
    return `process ${ppid}`;
  }
}

/**
 * Whether the process still runs: `elsewhere` when it belongs to a machine or container that can't be
 * inspected from here.
 */
export function livenessOf(identity: ProcessIdentity): Liveness {
  const { boot, namespace } = here();
  if (identity.boot !== boot)
    return isEarlierBoot(identity, thisMachine(), mayBeShared) ? "gone" : "elsewhere";
  if (identity.namespace !== namespace) return "elsewhere";
  const start = startTimeOf(identity.pid);
  return start !== undefined && start === identity.start ? "alive" : "gone";
}

/**
 * Whether a process of another boot ran on this very machine, and so is gone. Two machines may have the same
 * name, and the same id if one is a copy of the other: in a folder that machines can share, nothing proves
 * it.
 */
export function isEarlierBoot(
  { host, machine }: Pick<ProcessIdentity, "host" | "machine">,
  here: Pick<ProcessIdentity, "host" | "machine">,
  mayBeShared: () => boolean,
): boolean {
  if (host !== here.host) return false;
  if (machine !== undefined && here.machine !== undefined && machine !== here.machine) return false;
  return !mayBeShared();
}

/** As `livenessOf`, in one read; also reports a process that is stopped, as by Ctrl-Z. */
export function standingOf(identity: ProcessIdentity): Liveness | "suspended" {
  const { boot, namespace } = here();
  if (identity.boot !== boot || identity.namespace !== namespace) return livenessOf(identity);
  const found = lookAt(identity.pid);
  if (found === undefined || found.start !== identity.start) return "gone";
  return found.isStopped ? "suspended" : "alive";
}

/** Whether the process was started since the machine booted; a PID of an earlier boot means nothing now. */
export function isOfThisBoot(identity: ProcessIdentity): boolean {
  return identity.boot === here().boot;
}

function bootId(): string {
  if (process.platform === "linux") return fromProc("/proc/sys/kernel/random/boot_id", readText).trim();
  // Not kern.boottime: it changes when the clock is set.
  return outputOf("sysctl", ["-n", "kern.bootsessionuuid"]);
}

/** Hashed, as machine-id(5) requires: the id itself must not be disclosed. */
function machineId(): string | undefined {
  if (process.platform !== "linux") return undefined;
  try {
    const id = readFileSync("/etc/machine-id", "utf8").trim();
    // Container images have an empty id or a placeholder.
    if (!/^[0-9a-f]{32}$/.test(id)) return undefined;
    return createHash("sha256").update(`agent-sessions ${id}`).digest("hex").slice(0, 32);
  } catch {
    return undefined;
  }
}

function pidNamespace(): string {
  return process.platform === "linux" ? fromProc("/proc/self/ns/pid", readlinkSync) : "";
}

/** @throws AppError `state_unreadable` where there is no `/proc`, as in some sandboxes. */
function fromProc(path: string, read: (path: string) => string): string {
  try {
    return read(path);
  } catch (cause) {
    const errno = errnoOf(cause) ?? null;
    const message = `Could not read ${path}: ${errno}. Without it, processes can't be identified, and it is unknown which turns still run.`;
    throw new AppError("state_unreadable", message, {
      hint: "Mount /proc where this runs, as with `--proc /proc` of bwrap or `mount -t proc proc /proc`.",
      cause,
      facts: { path, errno },
    });
  }
}

function readText(path: string): string {
  return readFileSync(path, "utf8");
}

function startTimeOf(pid: number): string | undefined {
  return lookAt(pid)?.start;
}

function lookAt(pid: number): { start: string; isStopped: boolean } | undefined {
  try {
    if (process.platform === "linux") {
      const stat = parseStat(readFileSync(`/proc/${pid}/stat`, "utf8"));
      return stat === undefined ? undefined : { start: stat.start, isStopped: stat.state === "T" };
    }
    const row = outputOf("ps", ["-o", "stat=,lstart=", "-p", String(pid)]);
    if (row === "" || row.startsWith("Z")) return undefined;
    return { start: row.replace(/^\S+\s+/, ""), isStopped: row.startsWith("T") };
  } catch {
    // No such process; or a process of another user under hidepid, which can't be ours.
    return undefined;
  }
}

/**
 * Runs a program and returns its output. The module is loaded on demand: on Linux, `/proc` is enough, and no
 * command pays for the import.
 */
export function outputOf(file: string, args: string[]): string {
  const { execFileSync } = process.getBuiltinModule("node:child_process");
  // Dates must have the same format in a terminal and under cron.
  const env = { PATH: "/usr/sbin:/usr/bin:/sbin:/bin", LC_ALL: "C", TZ: "UTC" };
  return execFileSync(file, args, { encoding: "utf8", env }).trim();
}

export interface ProcessStat {
  state: string;
  parent: number;
  group: number;
  session: number;
  start: string;
}

/**
 * Parses `/proc/<pid>/stat`. A zombie counts as gone: it holds nothing and does nothing. The second field,
 * the program name, may contain spaces and parentheses, so fields are counted from the last parenthesis.
 */
export function parseStat(text: string): ProcessStat | undefined {
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  const [state, parent, group, session] = fields;
  const start = fields[19];
  if (state === undefined || start === undefined || state === "Z" || state === "X") return undefined;
  return { state, parent: Number(parent), group: Number(group), session: Number(session), start };
}
