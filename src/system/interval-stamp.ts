import { createFile } from "./atomic-file.ts";
import { errnoOf } from "./errno.ts";
import { modifiedMs, touch } from "./folder.ts";
import { GenerationLock } from "./generation-lock.ts";

/** A file whose time says when something was last done that all processes together do once in an interval. */
export class IntervalStamp {
  constructor(
    private readonly path: string,
    private readonly intervalMs: number,
  ) {}

  /** Whether this process is the one to do it now. Asking costs a look at the file. */
  claim(now: Date): boolean {
    const state = this.state(now);
    if (state === "absent") return this.create();
    if (state === "recent") return false;
    const release = new GenerationLock(`${this.path}.lock`).tryTake({ since: now.toISOString() });
    if (release === undefined) return false;
    try {
      // Somebody may have done it between the look and the lock.
      if (this.state(now) !== "due") return false;
      touch(this.path);
      return true;
    } finally {
      release();
    }
  }

  private state(now: Date): "absent" | "recent" | "due" {
    const stampedMs = modifiedMs(this.path);
    if (stampedMs === undefined) return "absent";
    // A stamp from the future comes from a clock that was set back since: it must not hold for years.
    return Math.abs(now.getTime() - stampedMs) < this.intervalMs ? "recent" : "due";
  }

  private create(): boolean {
    try {
      createFile(this.path, "", { sync: false });
      return true;
    } catch (error) {
      if (errnoOf(error) === "EEXIST") return false;
      throw error;
    }
  }
}
