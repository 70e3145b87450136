import { closeSync, constants, fstatSync, fsyncSync, openSync, readSync } from "node:fs";
import { dirname } from "node:path";
import { AppError } from "../domain/errors.ts";
import { makeFolder, openPrivate, readFileIfAny, syncFolder, writeFully } from "./atomic-file.ts";
import { errnoOf, stateError } from "./errno.ts";

const { O_APPEND, O_CREAT, O_NOFOLLOW, O_RDONLY, O_RDWR } = constants;
const NEWLINE = 0x0a;
/** How every header begins. */
const OPENING = '{"v":';
/** Most turns are shorter than this; a longer one takes a second look. */
const LAST_GUESS_BYTES = 16 * 1024;

/** The first line of a log: what it is and which version of its format. */
export interface LogHeader {
  v: number;
  kind: string;
  [key: string]: unknown;
}

/**
 * A file of JSON lines that only grows. The first line is a header; a line that a crash tore is skipped on
 * reading and closed off before the next append.
 */
export class AppendLog {
  constructor(
    private readonly path: string,
    private readonly header: LogHeader,
  ) {}

  /** Appends `values` in one write. With `sync` it returns once they are durable. */
  append(values: readonly unknown[], { sync = true } = {}): void {
    if (values.length === 0) return;
    const lines = values.map((value) => `${JSON.stringify(value)}\n`).join("");
    try {
      const descriptor = this.open();
      try {
        // A file without a byte was made by somebody who died before the header.
        const { size } = fstatSync(descriptor);
        const isEmpty = size === 0;
        refuseStranger(descriptor, size);
        // Its name goes to the disk before its first byte: a file with content has a name that is safe.
        if (isEmpty && sync) syncFolder(dirname(this.path));
        const opening = isEmpty ? `${JSON.stringify(this.header)}\n` : endsTorn(descriptor, size) ? "\n" : "";
        writeFully(descriptor, opening + lines);
        if (sync) fsyncSync(descriptor);
      } finally {
        closeSync(descriptor);
      }
    } catch (error) {
      throw stateError(error, "write", this.path);
    }
  }

  /**
   * The values after the header, oldest first, and how many bytes of the file they take. The header is missing
   * where its line was torn, or the file is not one of these.
   */
  read(): { header?: LogHeader; values: unknown[]; bytes: number } {
    let content: Buffer | undefined;
    try {
      content = readFileIfAny(this.path);
    } catch (error) {
      throw stateError(error, "read", this.path);
    }
    if (content === undefined) return { values: [], bytes: 0 };
    const values = parseLines(content.toString("utf8"));
    const header = values[0];
    if (isHeader(header) && header.kind === this.header.kind) {
      if (header.v > this.header.v) throw newerState(this.path, header.v, this.header.v);
      return { header, values: values.slice(1), bytes: content.length };
    }
    return { values, bytes: content.length };
  }

  /** The newest value, read from the end of the file. */
  last(): unknown {
    let descriptor: number;
    try {
      descriptor = openSync(this.path, O_RDONLY | O_NOFOLLOW);
    } catch (error) {
      if (errnoOf(error) === "ENOENT") return undefined;
      throw stateError(error, "read", this.path);
    }
    try {
      const { size } = fstatSync(descriptor);
      for (let bytes = LAST_GUESS_BYTES; ; bytes *= 8) {
        const length = Math.min(bytes, size);
        const end = Buffer.alloc(length);
        readSync(descriptor, end, 0, length, size - length);
        const lines = end.toString("utf8").split("\n");
        // What comes before the first line end may have lost its beginning.
        if (length < size) lines.shift();
        const last = lines.map(parseLine).findLast((value) => value !== undefined && !isHeader(value));
        if (last !== undefined || length === size) return last;
      }
    } catch (error) {
      throw stateError(error, "read", this.path);
    } finally {
      closeSync(descriptor);
    }
  }

  private open(): number {
    try {
      return openSync(this.path, O_RDWR | O_APPEND | O_NOFOLLOW);
    } catch (error) {
      if (errnoOf(error) !== "ENOENT") throw error;
    }
    makeFolder(dirname(this.path));
    const flags = O_RDWR | O_APPEND | O_CREAT | O_NOFOLLOW;
    return openPrivate(this.path, flags);
  }
}

export function newerState(path: string, found: number, known: number): AppError {
  return new AppError("state_newer", `${path} has format ${found}; this version knows up to ${known}.`, {
    hint: "Update agent-sessions, or point AGENT_SESSIONS_HOME at another folder.",
    facts: { path, found, known },
  });
}

function isHeader(value: unknown): value is LogHeader {
  return (
    typeof value === "object" &&
    value !== null &&
    "v" in value &&
    typeof value.v === "number" &&
    "kind" in value
  );
}

/**
 * A file that was put in the place of a log, by a mistake or as a hard link to something precious, is not
 * written to. Our own begin with their header; one that a power failure took the bytes of begins with zeros.
 */
function refuseStranger(descriptor: number, size: number): void {
  const start = Buffer.alloc(Math.min(size, OPENING.length));
  readSync(descriptor, start, 0, start.length, 0);
  if (start[0] === 0 || OPENING.startsWith(start.toString("latin1"))) return;
  throw new Error("it does not begin as a log of ours does");
}

function endsTorn(descriptor: number, size: number): boolean {
  if (size === 0) return false;
  const last = Buffer.alloc(1);
  readSync(descriptor, last, 0, 1, size - 1);
  return last[0] !== NEWLINE;
}

/** Parses all lines as one array, which is three times as fast, and one by one only if a line is torn. */
function parseLines(text: string): unknown[] {
  try {
    // JSON has no raw line feed inside a value, so each one is between two values.
    return JSON.parse(`[${text.trimEnd().replaceAll("\n", ",")}]`) as unknown[];
  } catch {
    return text
      .split("\n")
      .map(parseLine)
      .filter((value) => value !== undefined);
  }
}

function parseLine(line: string): unknown {
  try {
    return JSON.parse(line) as unknown;
  } catch {
    return undefined;
  }
}
