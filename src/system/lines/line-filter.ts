/**
 * Leaves out the lines of a stream that begin with one of some texts. All other bytes pass as they come, without
 * waiting for the end of their line.
 */
export class LineFilter {
  private readonly beginnings: readonly Buffer[];
  private readonly longest: number;
  /** The beginning of a line of which it is not decided yet whether it passes. */
  private held: Buffer<ArrayBufferLike> = Buffer.alloc(0);
  private line: "undecided" | "passes" | "is left out" = "undecided";

  constructor(beginnings: readonly string[]) {
    this.beginnings = beginnings.map((text) => Buffer.from(text));
    this.longest = Math.max(...this.beginnings.map(({ length }) => length));
  }

  /** Yields the parts of a chunk that pass. A part is valid as long as the chunk is. */
  *push(chunk: Buffer): Generator<Buffer> {
    let passedTo = 0;
    for (let at = 0; at < chunk.length; ) {
      if (this.line === "undecided") {
        const start = Buffer.concat([this.held, chunk.subarray(at, at + this.longest - this.held.length)]);
        if (this.mayBeLeftOut(start)) {
          if (passedTo < at) yield chunk.subarray(passedTo, at);
          this.held = start;
          return;
        }
        this.line = this.isLeftOut(start) ? "is left out" : "passes";
        if (this.line === "passes" && this.held.length > 0) yield this.held;
        if (this.line === "is left out" && passedTo < at) yield chunk.subarray(passedTo, at);
        this.held = Buffer.alloc(0);
      }
      const end = chunk.indexOf(0x0a, at);
      at = end === -1 ? chunk.length : end + 1;
      if (this.line === "is left out") passedTo = at;
      if (end !== -1) this.line = "undecided";
    }
    if (passedTo < chunk.length) yield chunk.subarray(passedTo);
  }

  /** Yields what was held back when the stream ends. */
  *rest(): Generator<Buffer> {
    if (this.held.length > 0) yield this.held;
    this.held = Buffer.alloc(0);
  }

  /** Whether more bytes could make this a line that is left out. */
  private mayBeLeftOut(start: Buffer): boolean {
    return this.beginnings.some(
      (text) => start.length < text.length && text.subarray(0, start.length).equals(start),
    );
  }

  private isLeftOut(start: Buffer): boolean {
    return this.beginnings.some((text) => start.subarray(0, text.length).equals(text));
  }
}
