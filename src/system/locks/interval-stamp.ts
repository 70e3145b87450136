import { errnoOf } from "../errors.ts";
import { modifiedMs, touch } from "../files/folder.ts";
import { createFile } from "../files/write.ts";
import { GenerationLock } from "./generation-lock.ts";

/** A file whose time says when something was last done that all processes together do once in an interval. */
export class IntervalStamp {
  constructor(
    private readonly path: string,
    private readonly intervalMs: number,
  ) {}

  /**
   * Whether this process is the one to do it now, and when it was done last, if it ever was. Asking costs a look at
   * the file.
   */
  claim(now: Date): { lastMs: number | undefined } | undefined {
    const stampedMs = modifiedMs(this.path);
    if (stampedMs === undefined) return this.create() ? { lastMs: undefined } : undefined;
    if (!this.isDue(stampedMs, now)) return undefined;
    const release = new GenerationLock(`${this.path}.lock`).tryTake({ since: now.toISOString() });
    if (release === undefined) return undefined;
    try {
      // Somebody may have done it between the look and the lock.
      const lastMs = modifiedMs(this.path);
      if (lastMs === undefined || !this.isDue(lastMs, now)) return undefined;
      touch(this.path);
      return { lastMs };
    } finally {
      release();
    }
  }

  private isDue(stampedMs: number, now: Date): boolean {
    // A stamp from the future comes from a clock that was set back since: it must not hold for years.
    return Math.abs(now.getTime() - stampedMs) >= this.intervalMs;
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
