import { type FSWatcher, readdirSync, watch } from "node:fs";
import { join } from "node:path";

/** The longest wait: what no folder tells, such as ages and what a tool does, is seen after it. */
const AT_MOST_MS = 2000;
/** A turn that begins writes several files: it is asked for once. */
const SETTLED_MS = 20;

/** Each takes a handle of the system: of more folders, those left out are seen later. */
const MOST_INNER = 200;

/**
 * Counts what comes and goes in some folders, and in the folders directly in them, for those who want to hear of it: a
 * turn that was queued begins with a file in its own folder.
 */
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
    const inner = this.folders.flatMap(foldersIn).slice(0, MOST_INNER);
    const wanted = new Set([...this.folders, ...inner]);
    for (const [path, watcher] of this.watchers) if (!wanted.has(path)) this.forget(path, watcher);
    for (const path of wanted) if (!this.watchers.has(path)) this.begin(path, !this.folders.includes(path));
  }

  private begin(path: string, isInner: boolean): void {
    try {
      const watcher = watch(path, (event) => {
        // What an agent says in there makes its file grow all the time.
        if (isInner && event !== "rename") return;
        this.watch();
        this.ring();
      });
      watcher.on("error", () => this.forget(path, watcher));
      this.watchers.set(path, watcher);
    } catch {
      // No such folder yet, or no inotify handles left: those who wait are told in the end.
    }
  }

  private forget(path: string, watcher: FSWatcher): void {
    watcher.close();
    // Its error may come late, when the same folder has another one.
    if (this.watchers.get(path) === watcher) this.watchers.delete(path);
  }

  private ring(): void {
    this.counted += 1;
    this.settling ??= setTimeout(() => {
      this.settling = undefined;
      for (const done of this.waiting) done();
    }, SETTLED_MS);
  }
}

function foldersIn(folder: string): string[] {
  try {
    const entries = readdirSync(folder, { withFileTypes: true });
    return entries.flatMap((entry) => (entry.isDirectory() ? [join(folder, entry.name)] : []));
  } catch {
    return [];
  }
}
