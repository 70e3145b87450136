const NEWLINE = 0x0a;

/**
 * Splits a byte stream into lines at `\n` only. `node:readline` also splits at U+2028, which is legal inside
 * JSON strings, so a valid line would come out as two broken ones.
 */
export class LineSplitter {
  private pieces: Buffer[] = [];

  /** Returns the lines that `chunk` completes, without their line ends. The chunk must not be reused. */
  push(chunk: Buffer): Buffer[] {
    const lines: Buffer[] = [];
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, start)) {
      lines.push(this.take(chunk.subarray(start, end)));
      start = end + 1;
    }
    if (start < chunk.length) this.pieces.push(chunk.subarray(start));
    return lines;
  }

  /** Returns what came after the last line end: a line whose writer was cut off, or nothing. */
  rest(): Buffer | undefined {
    return this.pieces.length === 0 ? undefined : this.take(Buffer.alloc(0));
  }

  private take(end: Buffer): Buffer {
    const line = this.pieces.length === 0 ? end : Buffer.concat([...this.pieces, end]);
    this.pieces = [];
    return line.at(-1) === 0x0d ? line.subarray(0, -1) : line;
  }
}

/** The JSON value of some bytes, or undefined when they are none. Invalid UTF-8 becomes U+FFFD. */
export function parseJson(line: Buffer): unknown {
  try {
    return JSON.parse(line.toString("utf8")) as unknown;
  } catch {
    return undefined;
  }
}
