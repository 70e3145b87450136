import { createReadStream } from "node:fs";
import { PassThrough } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGunzip, createGzip } from "node:zlib";

// Loaded by the commands that need it alone, and so a file of its own: no error class of ours may come in here.

/**
 * Yields what a file contains when it is unpacked, in pieces that are valid until the next one is requested. Closes the
 * descriptor. Throws what zlib says of a file that is damaged or cut off.
 */
export async function* gunzip(descriptor: number): AsyncGenerator<Buffer> {
  const packed = createReadStream("", { fd: descriptor });
  const unpacked = createGunzip();
  packed.on("error", (error: Error) => unpacked.destroy(error));
  packed.pipe(unpacked);
  try {
    for await (const piece of unpacked) yield piece as Buffer;
  } finally {
    packed.destroy();
  }
}

/** Packs pieces, and calls `write` with what comes of them, in order. */
export async function gzip(
  pieces: AsyncIterable<Buffer | string>,
  write: (packed: Buffer) => Promise<void> | void,
): Promise<void> {
  const packed = new PassThrough();
  const packing = pipeline(pieces, createGzip(), packed);
  const writing = (async () => {
    for await (const piece of packed) await write(piece as Buffer);
  })();
  // A write that fails ends the packing, and not the other way round.
  writing.catch((error: Error) => packed.destroy(error));
  await Promise.all([writing, packing]);
}
