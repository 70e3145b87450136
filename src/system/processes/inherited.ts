import { readFileSync } from "node:fs";

/** Returns what a process hands down to those it starts, beside its environment: its file mode mask and its control group. */
export function inherited(): string {
  return [maskIn("/proc/self/status"), readIfAny("/proc/self/cgroup")].join("\n");
}

function maskIn(path: string): string {
  return /^Umask:\s*(\d+)$/m.exec(readIfAny(path))?.[1] ?? "";
}

function readIfAny(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
