import { fstatSync, readSync } from "node:fs";
import { parseJson } from "../../domain/parse-json.ts";
import { hasAll, type Needle } from "../../domain/search/needles.ts";
import { withFile } from "../files/read.ts";

/** A file is searched in parts of about this size. */
const PART_BYTES = 1024 * 1024;

/** What a scan of a file has found. */
export interface Scanned {
  /** The first line. Characters that are not ASCII are as in latin1: `parseLine` makes values of lines. */
  first: string;
  /** The lines with all needles. */
  lines: readonly string[];
}

/** Searches files of JSON lines one after the other, in memory that is used again: most are small, and there are many. */
export class LineScanner {
  private buffer = Buffer.allocUnsafe(PART_BYTES);

  /** @param needles none finds all lines */
  constructor(private readonly needles: readonly Needle[]) {}

  /** Searches the lines of a file; undefined when there is none. A symbolic link is refused with ELOOP. */
  scan(path: string): Scanned | undefined {
    return withFile(path, (descriptor) => {
      let first: string | undefined;
      const lines: string[] = [];
      for (const part of this.partsOf(descriptor)) {
        first ??= part.slice(0, endOf(part, 0));
        collect(part, this.needles, lines);
      }
      return { first: first ?? "", lines };
    });
  }

  /** Whether each needle stands somewhere in a file. */
  isIn(path: string): boolean {
    const missing = new Set(this.needles);
    const read = (descriptor: number) => {
      for (const part of this.partsOf(descriptor)) {
        const bytes = part.toLowerCase();
        for (const needle of missing) if (hasAll(bytes, [needle])) missing.delete(needle);
        // A program in another language may have escaped any character.
        if (missing.size === 0 || bytes.includes("\\u")) return true;
      }
      return false;
    };
    return withFile(path, read) ?? false;
  }

  /** Yields a file as latin1, some whole lines at a time: as UTF-8, it would take four times as long. */
  private *partsOf(descriptor: number): Generator<string> {
    const { size } = fstatSync(descriptor);
    let kept = 0;
    for (let at = 0; at < size; ) {
      if (kept === this.buffer.length) this.buffer = Buffer.concat([this.buffer], kept * 2);
      const room = Math.min(this.buffer.length - kept, size - at);
      const read = readSync(descriptor, this.buffer, kept, room, at);
      if (read === 0) break;
      at += read;
      const filled = kept + read;
      const whole = at >= size ? filled : this.buffer.subarray(0, filled).lastIndexOf(0x0a) + 1;
      if (whole > 0) yield this.buffer.toString("latin1", 0, whole);
      this.buffer.copyWithin(0, whole, filled);
      kept = filled - whole;
    }
  }
}

function collect(part: string, needles: readonly Needle[], lines: string[]): void {
  const [anchor, ...others] = needles;
  if (anchor === undefined) {
    lines.push(...part.split("\n"));
    return;
  }
  const bytes = part.toLowerCase();
  // Most parts lack a rare word, whatever its neighbours in the list of needles are.
  if (!hasAll(bytes, needles)) return;
  for (let at = find(bytes, anchor, 0); at !== -1; ) {
    const start = bytes.lastIndexOf("\n", at) + 1;
    const end = endOf(bytes, at);
    if (hasAll(bytes.slice(start, end), others)) lines.push(part.slice(start, end));
    at = find(bytes, anchor, end);
  }
}

function find(bytes: string, needle: Needle, from: number): number {
  if (typeof needle === "string") return bytes.indexOf(needle, from);
  const at = bytes.slice(from).search(needle);
  return at === -1 ? -1 : from + at;
}

function endOf(text: string, at: number): number {
  const end = text.indexOf("\n", at);
  return end === -1 ? text.length : end;
}

/** Returns the value of a line that a scan has found; undefined if it is torn. */
export function parseLine(latin1: string): unknown {
  return parseJson(Buffer.from(latin1, "latin1").toString("utf8"));
}
