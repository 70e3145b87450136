import { watch } from "node:fs";

/** Resolves when something in a folder, or the folder itself, changes; at the latest after `timeoutMs`. */
export function nextChange(folder: string, timeoutMs: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(done, timeoutMs);
    let watcher: ReturnType<typeof watch> | undefined;
    try {
      watcher = watch(folder, done);
      watcher.on("error", done);
    } catch {
      // No inotify handles left, or no such folder: the timer alone will do.
    }
    function done() {
      clearTimeout(timer);
      watcher?.close();
      resolve();
    }
  });
}
