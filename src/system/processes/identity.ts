import { createHash } from "node:crypto";
import { readFileSync, readlinkSync } from "node:fs";
import { hostname } from "node:os";
import { AppError } from "../../domain/errors.ts";
import { maybe, object, pid, type Shape, text } from "../../domain/shape.ts";
import { errnoOf } from "../errors.ts";
import { fileSystemOf } from "../places/file-system.ts";

/**
 * A process that can be told from any later one with the same number: pid, start time, and the boot and
 * pid namespace in which they mean something.
 */
export interface ProcessIdentity {
  pid: number;
  /** When it started, in the system's own notation; only ever compared for equality. */
  start: string;
  boot: string;
  host: string;
  /** What stays the same for a machine over its boots; absent where nothing does, and in what 0.1 wrote down. */
  machine?: string;
  namespace: string;
}

/** What a file says is a process; undefined for anything else. */
export const asProcessIdentity: Shape<ProcessIdentity> = object({
  pid,
  start: text,
  boot: text,
  host: text,
  machine: maybe(text),
  namespace: text,
});

export type Liveness = "alive" | "gone" | "elsewhere";

type System = Omit<ProcessIdentity, "pid" | "start">;

let known: System | undefined;

function here(): System {
  if (known !== undefined) return known;
  const machine = machineId();
  known = {
    boot: bootId(),
    host: hostname(),
    ...(machine === undefined ? {} : { machine }),
    namespace: pidNamespace(),
  };
  return known;
}

const stateFolders = new Set<string>();

/** Says where this program reads of processes: on a network file system, they may be another machine's. */
export function readsProcessesIn(folder: string): void {
  stateFolders.add(folder);
}

function mayBeShared(): boolean {
  return [...stateFolders].some((folder) => fileSystemOf(folder, process.platform).kind === "network");
}

/** Identifies a running process, or returns undefined when there is none with this pid. */
export function identifyProcess(pid: number): ProcessIdentity | undefined {
  const start = startTimeOf(pid);
  return start === undefined ? undefined : { pid, start, ...here() };
}

let own: ProcessIdentity | undefined;

/** Identifies this process. */
export function identifySelf(): ProcessIdentity {
  own ??= identifyProcess(process.pid) ?? { pid: process.pid, start: "unknown", ...here() };
  return own;
}

/** The session that this process belongs to, as a terminal's shell leads one; its number may come round again. */
export function terminalKey(): string {
  if (process.platform !== "linux") return `parent ${process.ppid} ${startTimeOf(process.ppid)}`;
  const session = parseStat(fromProc("/proc/self/stat", readText))?.session ?? 0;
  return `${here().boot} ${session} ${startTimeOf(session)}`;
}

/** The program that started this one, with its number. */
export function parentName(): string {
  const { ppid } = process;
  try {
    const name = process.platform === "linux" ? readFileSync(`/proc/${ppid}/comm`, "utf8").trim() : "process";
    return `${name} (${ppid})`;
  } catch {
    return `process ${ppid}`;
  }
}

/** Whether the process still runs: `elsewhere` when it belongs to a machine or container we can't look into. */
export function livenessOf(identity: ProcessIdentity): Liveness {
  const { boot, namespace } = here();
  if (identity.boot !== boot) return isEarlierBoot(identity, here(), mayBeShared) ? "gone" : "elsewhere";
  if (identity.namespace !== namespace) return "elsewhere";
  const start = startTimeOf(identity.pid);
  return start !== undefined && start === identity.start ? "alive" : "gone";
}

/**
 * Whether a process of another boot was one of this very machine, and so is gone. Machines may have one name, and one id
 * too where they are copies of each other: where they can meet, in what they share, nothing proves it.
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

/** The same at one look, which also tells whether the process was stopped, as Ctrl-Z does. */
export function standingOf(identity: ProcessIdentity): Liveness | "suspended" {
  const { boot, namespace } = here();
  if (identity.boot !== boot || identity.namespace !== namespace) return livenessOf(identity);
  const found = lookAt(identity.pid);
  if (found === undefined || found.start !== identity.start) return "gone";
  return found.isStopped ? "suspended" : "alive";
}

/** Whether the process was started since the machine came up; before that its numbers mean nothing now. */
export function isOfThisBoot(identity: ProcessIdentity): boolean {
  return identity.boot === here().boot;
}

function bootId(): string {
  if (process.platform === "linux") return fromProc("/proc/sys/kernel/random/boot_id", readText).trim();
  // Not kern.boottime: that one moves when the clock is set.
  return outputOf("sysctl", ["-n", "kern.bootsessionuuid"]);
}

/** As machine-id(5) wants it: not the id itself, which is nobody else's affair. */
function machineId(): string | undefined {
  if (process.platform !== "linux") return undefined;
  try {
    const id = readFileSync("/etc/machine-id", "utf8").trim();
    // Images of containers have an empty one, or say that it is yet to come.
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
    const message = `Could not read ${path}: ${errno}. Without it no process can be told from another, and nobody can say which turns still run.`;
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
    // No such process; or one of another user under hidepid, which can't be ours.
    return undefined;
  }
}

/** Loaded on demand: on Linux, where `/proc` tells all, no command pays for it. */
export function outputOf(file: string, args: string[]): string {
  const { execFileSync } = process.getBuiltinModule("node:child_process");
  // Dates must read the same from a terminal and from cron.
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
 * Reads `/proc/<pid>/stat`. A zombie counts as gone: it holds nothing and does nothing. The second field is
 * the program's name, which may hold spaces and parentheses, so fields are counted from the last one.
 */
export function parseStat(text: string): ProcessStat | undefined {
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  const [state, parent, group, session] = fields;
  const start = fields[19];
  if (state === undefined || start === undefined || state === "Z" || state === "X") return undefined;
  return { state, parent: Number(parent), group: Number(group), session: Number(session), start };
}
