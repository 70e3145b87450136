import { closeSync, fstatSync, openSync, readSync, watch } from "node:fs";

const CHUNK_BYTES = 64 * 1024;
/** The longest wait without an event from the kernel: file systems such as NFS send none. */
const POLL_MS = 200;

/** Follows a growing file as `FollowedFile` does, and closes it at the end. */
export async function* follow(path: string, ended: Promise<unknown>, offset = 0): AsyncGenerator<Buffer> {
  const file = new FollowedFile(path);
  try {
    yield* file.chunks(ended, offset);
  } finally {
    file.close();
  }
}

/** A growing file that is opened once: it stays readable when it is moved or removed meanwhile. */
export class FollowedFile {
  private readonly descriptor: number;

  /** @throws the errors of `open`, such as ENOENT */
  constructor(private readonly path: string) {
    this.descriptor = openSync(path, "r");
  }

  /**
   * Reads from `offset` on, while another process appends. When `ended` settles, it yields everything written
   * until then, and finishes. It never waits for the end of the file: a grandchild may hold the file open for
   * ever. A chunk is valid until the next one is requested.
   */
  chunks(ended: Promise<unknown>, offset = 0): AsyncGenerator<Buffer> {
    return chunksOf(this.descriptor, this.path, ended, offset);
  }

  close(): void {
    closeSync(this.descriptor);
  }
}

async function* chunksOf(
  descriptor: number,
  path: string,
  ended: Promise<unknown>,
  offset: number,
): AsyncGenerator<Buffer> {
  const bell = new Bell();
  let isOver = false;
  let end = Number.POSITIVE_INFINITY;
  const over = () => {
    // What is written later may belong to another turn of the same process.
    end = sizeOf(descriptor);
    isOver = true;
    bell.ring();
  };
  ended.then(over, over);
  let watcher: ReturnType<typeof watch> | undefined;
  try {
    watcher = watch(path, () => bell.ring());
    watcher.on("error", () => watcher?.close());
  } catch {
    // No inotify handles left, or the file has been moved: polling alone continues.
  }
  try {
    const buffer = Buffer.allocUnsafe(CHUNK_BYTES);
    for (let position = offset; ; ) {
      // Take the flag before the read: what was written before the end must still be yielded.
      const wasOver = isOver;
      // A synchronous read from the page cache is faster than a read in another thread.
      const most = Math.min(CHUNK_BYTES, Math.max(0, end - position));
      const bytesRead = most === 0 ? 0 : readSync(descriptor, buffer, 0, most, position);
      if (bytesRead > 0) {
        position += bytesRead;
        yield buffer.subarray(0, bytesRead);
        // Otherwise, a writer that is faster than this reader would block signals and timers for ever.
        await new Promise((resolve) => setImmediate(resolve));
      } else if (wasOver) {
        return;
      } else if (!isOver) {
        await bell.wait(POLL_MS);
      }
    }
  } finally {
    watcher?.close();
  }
}

function sizeOf(descriptor: number): number {
  try {
    return fstatSync(descriptor).size;
  } catch {
    // The reader has closed it already.
    return 0;
  }
}

/** Lets one waiter sleep until the bell rings; a ring without a waiter is kept for the next wait. */
class Bell {
  private isRung = false;
  private wake: (() => void) | undefined;

  ring(): void {
    this.isRung = true;
    this.wake?.();
  }

  async wait(timeoutMs: number): Promise<void> {
    if (!this.isRung) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, timeoutMs);
        this.wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
      this.wake = undefined;
    }
    this.isRung = false;
  }
}
