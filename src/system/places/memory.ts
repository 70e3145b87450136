import { readFileSync } from "node:fs";

/** Returns how much memory a process has, in bytes; undefined where nobody tells. */
export function memoryOf(pid: number): number | undefined {
  return kilobytesIn(`/proc/${pid}/status`, /^VmRSS:\s+(\d+) kB$/m);
}

/** Returns how much memory new processes can have before others are moved out, in bytes; undefined where nobody tells. */
export function availableMemory(): number | undefined {
  return kilobytesIn("/proc/meminfo", /^MemAvailable:\s+(\d+) kB$/m);
}

function kilobytesIn(path: string, pattern: RegExp): number | undefined {
  try {
    const found = pattern.exec(readFileSync(path, "utf8"))?.[1];
    return found === undefined ? undefined : Number(found) * 1024;
  } catch {
    return undefined;
  }
}
