import { constants, fstatSync, ftruncateSync, openSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import { closing } from "./read.ts";
import { makeFolder } from "./write.ts";

const { O_CREAT, O_NOFOLLOW, O_NONBLOCK, O_WRONLY } = constants;

/**
 * Cuts a private file off behind its first `keptBytes`, and adds to what is left; makes it where there is none. Not forced to
 * disk. A symbolic link is refused with ELOOP.
 */
export async function extendFile(
  path: string,
  keptBytes: number,
  added: AsyncIterable<Uint8Array>,
): Promise<void> {
  makeFolder(dirname(path));
  const descriptor = openSync(path, O_WRONLY | O_CREAT | O_NOFOLLOW | O_NONBLOCK, 0o600);
  await closingLater(descriptor, async () => {
    if (fstatSync(descriptor).size !== keptBytes) ftruncateSync(descriptor, keptBytes);
    let at = keptBytes;
    for await (const bytes of added)
      for (let done = 0; done < bytes.length; ) {
        const written = writeSync(descriptor, bytes, done, bytes.length - done, at);
        done += written;
        at += written;
      }
  });
}

async function closingLater(descriptor: number, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } finally {
    closing(descriptor, () => undefined);
  }
}
