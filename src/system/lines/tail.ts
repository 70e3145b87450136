import { closeSync, openSync, readSync, watch } from "node:fs";
import { LineSplitter } from "./splitter.ts";

const CHUNK_BYTES = 64 * 1024;
/** How often to look, where the kernel reports no changes. */
const POLL_MS = 200;

/** Reads the lines of a growing file as they come, without keeping this process alive. */
export class Tail {
  /** How many bytes were read. */
  position = 0;
  private readonly descriptor: number;
  private readonly splitter = new LineSplitter();
  private readonly watcher: ReturnType<typeof watch> | undefined;
  private readonly timer: ReturnType<typeof setInterval>;
  private isClosed = false;

  /** Calls `onLine` for each line; a line is valid only during the call. */
  constructor(
    path: string,
    private readonly onLine: (line: Buffer) => void,
  ) {
    this.descriptor = openSync(path, "r");
    const look = () => this.look();
    this.timer = setInterval(look, POLL_MS);
    this.timer.unref();
    try {
      this.watcher = watch(path, { persistent: false }, look);
      this.watcher.on("error", () => this.watcher?.close());
    } catch {
      // No inotify handles are left: the timer goes on.
    }
  }

  /** Reads what is there now. */
  look(): void {
    if (this.isClosed) return;
    const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
    for (;;) {
      const bytes = readSync(this.descriptor, chunk, 0, CHUNK_BYTES, this.position);
      if (bytes === 0) return;
      this.position += bytes;
      for (const line of this.splitter.push(chunk.subarray(0, bytes))) this.onLine(line);
    }
  }

  close(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    clearInterval(this.timer);
    this.watcher?.close();
    closeSync(this.descriptor);
  }
}
