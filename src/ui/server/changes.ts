import { type FSWatcher, watch } from "node:fs";

/** The longest wait: what no folder tells, such as ages and what a tool does, is seen after it. */
const AT_MOST_MS = 2000;
/** A turn that begins writes several files: it is asked for once. */
const SETTLED_MS = 20;

/** Counts what happens in some folders, for those who want to hear of it. */
export class Changes {
  private counted = 0;
  private readonly watchers = new Map<string, FSWatcher>();
  private readonly waiting = new Set<() => void>();
  private settling: NodeJS.Timeout | undefined;

  constructor(private readonly folders: readonly string[]) {}

  get count(): number {
    this.watch();
    return this.counted;
  }

  /** Resolves with the count as soon as it is not `seen` any more, and after two seconds in any case. */
  async after(seen: number): Promise<number> {
    this.watch();
    if (seen === this.counted)
      await new Promise<void>((resolve) => {
        const done = () => {
          clearTimeout(timer);
          this.waiting.delete(done);
          resolve();
        };
        const timer = setTimeout(done, AT_MOST_MS);
        this.waiting.add(done);
      });
    return this.counted;
  }

  close(): void {
    clearTimeout(this.settling);
    for (const watcher of this.watchers.values()) watcher.close();
    this.watchers.clear();
    for (const done of this.waiting) done();
  }

  /** Again each time: a folder may come into being, and may be gone. */
  private watch(): void {
    for (const folder of this.folders) {
      if (this.watchers.has(folder)) continue;
      try {
        const watcher = watch(folder, () => this.ring());
        watcher.on("error", () => {
          watcher.close();
          this.watchers.delete(folder);
        });
        this.watchers.set(folder, watcher);
      } catch {
        // No such folder yet, or no inotify handles left: those who wait are told in the end.
      }
    }
  }

  private ring(): void {
    this.counted += 1;
    this.settling ??= setTimeout(() => {
      this.settling = undefined;
      for (const done of this.waiting) done();
    }, SETTLED_MS);
  }
}
