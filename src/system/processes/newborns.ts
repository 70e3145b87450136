import { readFileSync } from "node:fs";
import { listProcesses, type ProcessRow, rowOf } from "./list.ts";

/**
 * The most passes, in case new processes start all the time. Five hundred passes take some 10 ms of a core.
 */
const MAX_LOOKS = 500;

/**
 * Returns the number that the system gave last, to a process or to a thread; undefined where it is not
 * reported.
 */
export function newestPid(): number | undefined {
  if (process.platform !== "linux") return undefined;
  // Not every kernel has the first file; some containers invent the content of the second one.
  return lastNumberIn("/proc/sys/kernel/ns_last_pid") ?? lastNumberIn("/proc/loadavg");
}

/**
 * Yields the processes that started after the process `newest`, and still live when they are read. Ends when
 * none has started since the last pass: then no living process was missed, however short the lives.
 */
export function* bornSince(newest: number): Generator<ProcessRow> {
  let seen = newest;
  for (let looks = 0; looks < MAX_LOOKS; looks += 1) {
    const now = newestPid() ?? seen;
    if (now === seen) return;
    if (now < seen) {
      // The numbers have wrapped around.
      yield* listProcesses();
    } else {
      // Youngest first: that process will live longest.
      for (let pid = now; pid > seen; pid -= 1) {
        const row = rowOf(pid);
        if (row !== undefined && !isThread(pid)) yield row;
      }
    }
    seen = now;
  }
}

/** Threads share one sequence of numbers with processes, and can be read although no listing shows them. */
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
