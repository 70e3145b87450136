const NEWLINE = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const FIRST_BYTES = 64 * 1024;
/** The rest of a longer line is dropped. JavaScript has no string of more than 512 MB. */
const LONGEST_BYTES = 256 * 1024 * 1024;

/**
 * Splits a byte stream into lines at `\n` only. `node:readline` also splits at U+2028, which is legal inside
 * JSON strings, so a valid line would come out as two broken ones.
 */
export class LineSplitter {
  private readonly begun: Begun;

  constructor(longestBytes = LONGEST_BYTES) {
    this.begun = new Begun(longestBytes);
  }

  /**
   * Yields the lines that `chunk` completes, without their line ends. A line is valid until the next one is
   * requested, and `chunk` must not change until the last one: a caller that keeps a line copies it. All
   * lines must be requested.
   */
  *push(chunk: Buffer): Generator<Buffer> {
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, start)) {
      const bytes = chunk.subarray(start, end);
      start = end + 1;
      if (this.begun.isEmpty) yield withoutReturn(bytes);
      else {
        this.begun.add(bytes);
        yield withoutReturn(this.begun.bytes);
        this.begun.clear();
      }
    }
    if (start < chunk.length) this.begun.add(chunk.subarray(start));
  }

  /** Yields the bytes after the last line end, if any: a line whose writer was cut off. */
  *rest(): Generator<Buffer> {
    if (!this.begun.isEmpty) yield withoutReturn(this.begun.bytes);
  }
}

function withoutReturn(line: Buffer): Buffer {
  return line.at(-1) === CARRIAGE_RETURN ? line.subarray(0, -1) : line;
}

/**
 * The beginning of a line whose end has not arrived. It grows in place and frees memory at once: discarded
 * buffers would occupy memory until the next garbage collection, and a long line takes several times the
 * memory of the rest of this process.
 */
class Begun {
  private readonly room: ArrayBuffer;
  private readonly all: Uint8Array;
  private length = 0;

  constructor(private readonly longestBytes: number) {
    this.room = new ArrayBuffer(0, { maxByteLength: longestBytes });
    this.all = new Uint8Array(this.room);
  }

  get isEmpty(): boolean {
    return this.length === 0;
  }

  get bytes(): Buffer {
    return Buffer.from(this.room, 0, this.length);
  }

  add(bytes: Uint8Array): void {
    const taken = bytes.subarray(0, this.longestBytes - this.length);
    const length = this.length + taken.length;
    if (length > this.room.byteLength) {
      const doubled = Math.max(length, FIRST_BYTES, this.room.byteLength * 2);
      this.room.resize(Math.min(doubled, this.longestBytes));
    }
    this.all.set(taken, this.length);
    this.length = length;
  }

  clear(): void {
    this.length = 0;
    if (this.room.byteLength > FIRST_BYTES) this.room.resize(FIRST_BYTES);
  }
}
