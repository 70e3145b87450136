import { readFileSync, statSync } from "node:fs";

/**
 * The processes that hold a lock of `flock(2)` on files, by path. Only Linux tells, and only of processes that
 * can be seen from here; where it can't be told, a file has no entry.
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
 * Reads `/proc/locks`: who holds a lock of `flock(2)`, and on which file as `<major>:<minor>:<inode>`. Those who
 * wait for one (`->`) and the locks of `fcntl(2)` are left out, as are holders that have no number here.
 */
export function parseLocks(text: string): { pid: number; file: string }[] {
  return text.split("\n").flatMap((line) => {
    const match = /^\d+: FLOCK +\S+ +\S+ +(\d+) +([0-9a-f]+:[0-9a-f]+:\d+) /.exec(line);
    const [, pid, file] = match ?? [];
    return file === undefined || Number(pid) === 0 ? [] : [{ pid: Number(pid), file }];
  });
}

/** A device number as `/proc/locks` writes it. Linux spreads major and minor over the bits in this way. */
export function deviceName(device: bigint): string {
  const major = ((device >> 8n) & 0xfffn) | ((device >> 32n) & 0xfffff000n);
  const minor = (device & 0xffn) | ((device >> 12n) & 0xffffff00n);
  return [major, minor].map((number) => number.toString(16).padStart(2, "0")).join(":");
}
