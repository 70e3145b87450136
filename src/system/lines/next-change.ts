import { watch } from "node:fs";

export interface ChangeOptions {
  /** Ends the wait early. */
  signal?: AbortSignal | undefined;
  /** Called when the watch is set up, since the awaited change may have happened before. */
  isThere?: (() => boolean) | undefined;
  /** How often `isThere` is called again, for changes that the kernel does not report. */
  everyMs?: number | undefined;
}

/**
 * Resolves when something in a folder, or the folder or file itself, changes; at the latest after `timeoutMs`, or when
 * the signal is aborted.
 */
export function nextChange(
  path: string,
  timeoutMs: number,
  { signal, isThere, everyMs }: ChangeOptions = {},
): Promise<void> {
  return new Promise((resolve) => {
    const timer = Number.isFinite(timeoutMs) ? setTimeout(done, timeoutMs) : undefined;
    const look = () => {
      if (isThere?.()) done();
    };
    const clock = everyMs === undefined ? undefined : setInterval(look, everyMs);
    let watcher: ReturnType<typeof watch> | undefined;
    try {
      watcher = watch(path, done);
      watcher.on("error", done);
    } catch {
      // No inotify handles left, or no such folder: the timer alone will do.
    }
    signal?.addEventListener("abort", done, { once: true });
    if (signal?.aborted) done();
    else look();
    function done() {
      clearTimeout(timer);
      clearInterval(clock);
      watcher?.close();
      signal?.removeEventListener("abort", done);
      resolve();
    }
  });
}
