import { closeSync, openSync, readSync, watch } from "node:fs";

const CHUNK_BYTES = 64 * 1024;
/** How long we wait without a sign from the kernel: file systems such as NFS give none. */
const POLL_MS = 200;

/** Opens a growing file for as long as it is followed; otherwise as `FollowedFile`. */
export async function* follow(path: string, ended: Promise<unknown>, offset = 0): AsyncGenerator<Buffer> {
  const file = new FollowedFile(path);
  try {
    yield* file.chunks(ended, offset);
  } finally {
    file.close();
  }
}

/** A growing file that was opened once: it can be read on when it is moved or removed meanwhile. */
export class FollowedFile {
  private readonly descriptor: number;

  /** @throws what `open` throws, such as ENOENT */
  constructor(private readonly path: string) {
    this.descriptor = openSync(path, "r");
  }

  /**
   * Reads from `offset` on, as another process appends. When `ended` settles, everything written until then is
   * still yielded, and the iteration is over. It never waits for end of file: a grandchild may hold the file
   * open for ever. Each chunk is there until the next one is asked for.
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
  const over = () => {
    isOver = true;
    bell.ring();
  };
  ended.then(over, over);
  let watcher: ReturnType<typeof watch> | undefined;
  try {
    watcher = watch(path, () => bell.ring());
    watcher.on("error", () => watcher?.close());
  } catch {
    // No inotify handles left, or the file has been moved; the poll carries on alone.
  }
  try {
    const buffer = Buffer.allocUnsafe(CHUNK_BYTES);
    for (let position = offset; ; ) {
      // Read before looking at the flag: what was written before the end must still come out.
      const wasOver = isOver;
      // A read of a file in the page cache takes less time than asking another thread for it.
      const bytesRead = readSync(descriptor, buffer, 0, CHUNK_BYTES, position);
      if (bytesRead > 0) {
        position += bytesRead;
        yield buffer.subarray(0, bytesRead);
        // Who writes faster than we read would keep signals and timers waiting for ever.
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

/** Lets one waiter sleep until somebody rings; a ring while nobody waits is kept for the next one. */
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
