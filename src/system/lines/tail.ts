import { closeSync, openSync, readSync, watch } from "node:fs";
import { LineSplitter } from "./splitter.ts";

const CHUNK_BYTES = 64 * 1024;
/** How often to look, where the kernel reports no changes. */
const POLL_MS = 200;
const PARTS_AT_ONCE = 4;

/** Reads the lines of a growing file as they come, without keeping this process alive. */
export class Tail {
  /** How many bytes were read. */
  position = 0;
  private readonly descriptor: number;
  private readonly splitter = new LineSplitter();
  private readonly chunk = Buffer.allocUnsafe(CHUNK_BYTES);
  private readonly watcher: ReturnType<typeof watch> | undefined;
  private readonly timer: ReturnType<typeof setInterval>;
  private isClosed = false;

  /** Calls `onLine` for each line; a line is valid only during the call. `onFailure` is called once, if the file can't be read. */
  constructor(
    path: string,
    private readonly onLine: (line: Buffer) => void,
    private readonly onFailure: () => void,
  ) {
    this.descriptor = openSync(path, "r");
    const look = () => {
      if (!this.look()) setImmediate(look);
    };
    this.timer = setInterval(look, POLL_MS);
    this.timer.unref();
    try {
      this.watcher = watch(path, { persistent: false }, look);
      this.watcher.on("error", () => this.watcher?.close());
    } catch {
      // No inotify handles are left: the timer goes on.
    }
  }

  /** Reads a part of what is there now. Returns false if there is more: other work comes first. */
  look(): boolean {
    for (let part = 0; part < PARTS_AT_ONCE && !this.isClosed; part += 1) {
      try {
        const bytes = readSync(this.descriptor, this.chunk, 0, CHUNK_BYTES, this.position);
        if (bytes === 0) return true;
        this.position += bytes;
        for (const line of this.splitter.push(this.chunk.subarray(0, bytes))) this.onLine(line);
      } catch {
        this.close();
        this.onFailure();
      }
    }
    return this.isClosed;
  }

  close(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    clearInterval(this.timer);
    this.watcher?.close();
    closeSync(this.descriptor);
  }
}
