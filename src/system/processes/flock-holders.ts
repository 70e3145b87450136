import { readFileSync, statSync } from "node:fs";

/**
 * Returns the processes that hold a `flock(2)` lock on files, by path. Only Linux reports them, and only
 * processes that are visible from here; a file whose holder is unknown has no entry.
 */
export function lockHolders(paths: readonly string[]): Map<string, number> {
  const holders = new Map<string, number>();
  const files = new Map<string, string>();
  for (const path of paths) {
    const found = statSync(path, { bigint: true, throwIfNoEntry: false });
    if (found !== undefined) files.set(`${deviceName(found.dev)}:${found.ino}`, path);
  }
  if (files.size === 0) return holders;
  for (const { pid, file } of readLocks()) {
    const path = files.get(file);
    if (path !== undefined) holders.set(path, pid);
  }
  return holders;
}

function readLocks(): { pid: number; file: string }[] {
  let text: string;
  try {
    text = readFileSync("/proc/locks", "latin1");
  } catch {
    return [];
  }
  return parseLocks(text);
}

/**
 * Parses `/proc/locks`: which process holds a `flock(2)` lock, and on which file, as
 * `<major>:<minor>:<inode>`. Waiters (`->`), locks of `fcntl(2)` and holders that have no PID here are left
 * out.
 */
export function parseLocks(text: string): { pid: number; file: string }[] {
  return text.split("\n").flatMap((line) => {
    const match = /^\d+: FLOCK +\S+ +\S+ +(\d+) +([0-9a-f]+:[0-9a-f]+:\d+) /.exec(line);
    const [, pid, file] = match ?? [];
    return file === undefined || Number(pid) === 0 ? [] : [{ pid: Number(pid), file }];
  });
}

/** Formats a device number as `/proc/locks` does. Linux spreads major and minor over the bits in this way. */
export function deviceName(device: bigint): string {
  const major = ((device >> 8n) & 0xfffn) | ((device >> 32n) & 0xfffff000n);
  const minor = (device & 0xffn) | ((device >> 12n) & 0xffffff00n);
  return [major, minor].map((number) => number.toString(16).padStart(2, "0")).join(":");
}
