import { readFileSync } from "node:fs";
import { listProcesses, type ProcessRow, rowOf } from "./list.ts";

/** How often to look at most, where somebody is born all the time. Five hundred looks take some 10 ms of a core. */
const MAX_LOOKS = 500;

/** The number that the system has given last, to a process or to a thread; undefined where it does not tell. */
export function newestPid(): number | undefined {
  if (process.platform !== "linux") return undefined;
  // Not every kernel is built with the first one; the second one is made up in some containers.
  return lastNumberIn("/proc/sys/kernel/ns_last_pid") ?? lastNumberIn("/proc/loadavg");
}

/**
 * Those who were born since a number was the newest one, and who still live when they are looked at. Ends when nobody
 * has been born since the last look: then nobody was missed who still lives, however short the lives.
 */
export function* bornSince(newest: number): Generator<ProcessRow> {
  let seen = newest;
  for (let looks = 0; looks < MAX_LOOKS; looks += 1) {
    const now = newestPid() ?? seen;
    if (now === seen) return;
    if (now < seen) {
      // The numbers have begun anew.
      yield* listProcesses();
    } else {
      // The youngest first: it is the one that will live longest.
      for (let pid = now; pid > seen; pid -= 1) {
        const row = rowOf(pid);
        if (row !== undefined && !isThread(pid)) yield row;
      }
    }
    seen = now;
  }
}

/** Threads take their numbers from the same row, and can be looked at though no listing shows them. */
function isThread(pid: number): boolean {
  try {
    return /^Tgid:\s*(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] !== String(pid);
  } catch {
    return true;
  }
}

function lastNumberIn(path: string): number | undefined {
  try {
    const number = Number(readFileSync(path, "utf8").trim().split(/\s+/).at(-1));
    return Number.isInteger(number) && number > 0 ? number : undefined;
  } catch {
    return undefined;
  }
}
