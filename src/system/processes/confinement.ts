import { readFileSync, readlinkSync } from "node:fs";

const NAMESPACES = ["mnt", "pid", "net", "user"];
const LIMITS = ["Seccomp", "NoNewPrivs", "CapEff"];

/**
 * Returns what limits this process beyond its user, as one text: two processes with the same text reach the same
 * files and hosts. Undefined where the system does not tell, as on macOS.
 */
export function confinement(): string | undefined {
  try {
    const status = readFileSync("/proc/self/status", "utf8");
    const limits = LIMITS.map((name) => new RegExp(`^${name}:\\s*(.*)$`, "m").exec(status)?.[1] ?? "");
    const spaces = NAMESPACES.map((name) => readlinkSync(`/proc/self/ns/${name}`));
    return [...spaces, readlinkSync("/proc/self/root"), ...limits].join(" ");
  } catch {
    return undefined;
  }
}
