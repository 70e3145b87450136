import { errnoOf } from "../errors.ts";
import { modifiedMs, touch } from "../files/folder.ts";
import { createFile } from "../files/write.ts";
import { GenerationLock } from "./generation-lock.ts";

/**
 * A file whose time says when a periodic job last ran. All processes together run the job once per interval.
 */
export class IntervalStamp {
  constructor(
    private readonly path: string,
    private readonly intervalMs: number,
  ) {}

  /**
   * Claims the job for this process if it is due. Returns when the job last ran, if ever, or undefined if
   * this process must not run it now. While the job is not due, a call costs one look at the file.
   */
  claim(now: Date): { lastMs: number | undefined } | undefined {
    const stampedMs = modifiedMs(this.path);
    if (stampedMs === undefined) return this.create() ? { lastMs: undefined } : undefined;
    if (!this.isDue(stampedMs, now)) return undefined;
    const release = new GenerationLock(`${this.path}.lock`).tryTake({ since: now.toISOString() });
    if (release === undefined) return undefined;
    try {
      // Another process may have run the job between the look and the lock.
      const lastMs = modifiedMs(this.path);
      if (lastMs === undefined || !this.isDue(lastMs, now)) return undefined;
      touch(this.path);
      return { lastMs };
    } finally {
      release();
    }
  }

  private isDue(stampedMs: number, now: Date): boolean {
    // A stamp from the future comes from a clock that was set back since: it must not block the job for
    // years.
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
