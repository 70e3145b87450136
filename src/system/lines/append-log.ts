import { constants, fstatSync, openSync, readSync } from "node:fs";
import { dirname } from "node:path";
import { AppError } from "../../domain/errors.ts";
import { parseJson } from "../../domain/parse-json.ts";
import { errnoOf, stateError } from "../errors.ts";
import { closing, readBytes, withFile } from "../files/read.ts";
import { makeFolder, openPrivate, replaceFile, syncPath, writeFully } from "../files/write.ts";
import type { LogGlance, SeenLogs } from "./seen-logs.ts";

const { O_APPEND, O_CREAT, O_NOFOLLOW, O_RDWR } = constants;
const NEWLINE = 0x0a;
/** How every header begins. */
const OPENING = '{"v":';
/** Most turns are shorter than this; a longer one needs a second read. */
const LAST_GUESS_BYTES = 16 * 1024;
/** This many trailing bytes are kept, to detect that the file was replaced. */
const ENDING_BYTES = 256;
/** A log below this size is read and cached whole instead of being searched. */
const SEARCHED_BYTES = 256 * 1024;
/** A header is shorter. */
const HEADER_BYTES = 16 * 1024;
/** A log is searched in parts of this size: fresh memory for all of it would take longer than the search. */
const PART_BYTES = 64 * 1024;
/** Above this many hits, parsing the whole log is faster than parsing line by line. */
const MOST_FOUND = 1_000;

/** The first line of a log: the kind of the log and the version of its format. */
export interface LogHeader {
  v: number;
  kind: string;
  [key: string]: unknown;
}

/** The complete lines read from a log so far, the header included. */
interface Known {
  bytes: number;
  /** The last of these bytes: they show whether another log was put in this one's place. */
  ending: Buffer;
  lines: readonly unknown[];
}

/** What was found in a log, by text. */
interface Searched {
  /** Another one for another content. */
  stamp: string;
  found: Map<string, Found>;
}

interface Found {
  values: unknown[];
  /** The size of the log. */
  bytes: number;
}

const NOTHING: Known = { bytes: 0, ending: Buffer.alloc(0), lines: [] };

/**
 * A file of JSON lines that grows at its end. The first line is a header. A line that a crash tore is skipped
 * by readers, and ended with a newline before the next append.
 */
export class AppendLog {
  private known = NOTHING;
  private searched: Searched | undefined;

  constructor(
    private readonly path: string,
    private readonly header: LogHeader,
  ) {}

  /** Appends `values`, at least one, in one write. With `sync`, they are durable when it returns. */
  append(values: readonly unknown[], { sync = true } = {}): void {
    try {
      closing(this.open(), (descriptor) => {
        // An empty file was created by a process that died before it wrote the header.
        const { size } = fstatSync(descriptor);
        const isEmpty = size === 0;
        refuseStranger(descriptor, size);
        // Make the name durable before the first byte: then a file with content always has a durable name.
        if (isEmpty && sync) syncPath(dirname(this.path));
        const opening = isEmpty ? linesOf([this.header]) : endsTorn(descriptor, size) ? "\n" : "";
        writeFully(descriptor, opening + linesOf(values), sync);
      });
    } catch (error) {
      throw stateError(error, "write", this.path);
    }
  }

  /** Replaces all values at once, but not durably. */
  replace(values: readonly unknown[]): void {
    try {
      replaceFile(this.path, linesOf([this.header, ...values]), { sync: false });
    } catch (error) {
      throw stateError(error, "write", this.path);
    }
  }

  /**
   * Returns the values after the header, oldest first, and the size of the file. The header is missing if its
   * line was torn, or if the file is of another kind. Lines that this object has read before are not read
   * again.
   */
  read(): { header?: LogHeader; values: readonly unknown[]; bytes: number } {
    const { lines, bytes } = this.withFile((descriptor) => this.readOn(descriptor)) ?? NOTHING;
    const header = this.headerIn(lines[0]);
    return header === undefined ? { values: lines, bytes } : { header, values: lines.slice(1), bytes };
  }

  /**
   * Returns the values whose lines contain `text`, oldest first, and the size of the file. Other lines are not parsed.
   * Returns undefined where `read` is as good: the log has grown by less than `leastBytes` since it was read, or many
   * lines contain the text. Also undefined if the header is missing.
   */
  search(text: string, leastBytes = SEARCHED_BYTES): Found | undefined {
    return this.withFile((descriptor) => {
      const { ino, size, mtimeNs } = fstatSync(descriptor, { bigint: true });
      const bytes = Number(size);
      if (bytes - this.known.bytes < leastBytes) return undefined;
      const stamp = `${ino} ${size} ${mtimeNs}`;
      if (this.searched?.stamp !== stamp) this.searched = { stamp, found: new Map() };
      const before = this.searched.found.get(text);
      if (before !== undefined) return before;
      const values = this.valuesWith(text, descriptor, bytes);
      if (values === undefined) return undefined;
      this.searched.found.set(text, { values, bytes });
      return { values, bytes };
    });
  }

  /** Returns undefined if there are too many, or the header is missing. */
  private valuesWith(text: string, descriptor: number, bytes: number): unknown[] | undefined {
    const values: unknown[] = [];
    let isHeaderSeen = false;
    for (const lines of partsOf(descriptor, bytes)) {
      const lineAt = (at: number) => {
        const end = lines.indexOf(NEWLINE, at);
        const start = lines.lastIndexOf(NEWLINE, at) + 1;
        return { value: parseJson(lines.toString("utf8", start, end === -1 ? undefined : end)), end };
      };
      if (!isHeaderSeen && this.headerIn(lineAt(0).value) === undefined) return undefined;
      isHeaderSeen = true;
      for (let at = lines.indexOf(text); at !== -1; ) {
        const { value, end } = lineAt(at);
        if (value !== undefined) values.push(value);
        if (values.length > MOST_FOUND) return undefined;
        at = end === -1 ? -1 : lines.indexOf(text, end);
      }
    }
    return isHeaderSeen ? values : undefined;
  }

  /**
   * Returns the values of the lines from `from` on, where a line must begin, and where the next one will begin; that is
   * undefined while the last line is torn. Returns all values if no line begins there.
   */
  since(from: number): { values: readonly unknown[]; from: number; next: number | undefined } {
    const found = this.withFile((descriptor) => {
      const { size } = fstatSync(descriptor);
      const isLineStart = from > 0 && from <= size && readBytes(descriptor, from - 1, 1)[0] === NEWLINE;
      if (!isLineStart) return undefined;
      const added = readBytes(descriptor, from, size - from);
      const isTorn = added.length > 0 && added.at(-1) !== NEWLINE;
      const values = added.length === 0 ? [] : parseLines(added.toString("utf8"));
      return { values, from, next: isTorn ? undefined : size };
    });
    if (found !== undefined) return found;
    const { values, bytes } = this.read();
    const next = this.known.bytes === bytes ? bytes : undefined;
    return { values, from: 0, next };
  }

  /** Returns the size of the file; 0 if there is none. */
  size(): number {
    return this.withFile((descriptor) => fstatSync(descriptor).size) ?? 0;
  }

  /** @throws AppError `state_newer` if a newer version has written the file. */
  refuseNewer(): void {
    this.withFile((descriptor) => {
      const start = readBytes(descriptor, 0, Math.min(fstatSync(descriptor).size, HEADER_BYTES));
      const end = start.indexOf(NEWLINE);
      if (end !== -1) this.headerIn(parseJson(start.toString("utf8", 0, end)));
    });
  }

  /** Returns the newest value, read from the end of the file. */
  last(): unknown {
    return this.withFile(lastIn);
  }

  /** Returns how many values there are, a torn one included, and the newest of them. */
  glance(seen?: SeenLogs): LogGlance | undefined {
    return seen === undefined ? this.lookOver() : seen.of(this.path, () => this.lookOver());
  }

  private lookOver(): LogGlance | undefined {
    return this.withFile((descriptor) => {
      const { size } = fstatSync(descriptor);
      // Most logs are read once, and whole.
      const whole = size <= LAST_GUESS_BYTES ? readBytes(descriptor, 0, size) : undefined;
      const last = whole === undefined ? lastIn(descriptor) : newestOf(whole.toString("utf8").split("\n"));
      if (last === undefined) return undefined;
      let lines = 0;
      for (const part of whole === undefined ? partsOf(descriptor, size) : [whole]) lines += linesIn(part);
      return { count: lines - 1, last };
    });
  }

  /** Reads the bytes added since the last read; the whole file if it was replaced. */
  private readOn(descriptor: number): { lines: readonly unknown[]; bytes: number } {
    const { size } = fstatSync(descriptor);
    const { bytes, ending } = this.known;
    if (!readBytes(descriptor, bytes - ending.length, ending.length).equals(ending)) this.known = NOTHING;
    const added = readBytes(descriptor, this.known.bytes, size - this.known.bytes);
    const whole = added.subarray(0, added.lastIndexOf(NEWLINE) + 1);
    if (whole.length > 0) {
      this.known = {
        bytes: this.known.bytes + whole.length,
        // Taken from all known bytes: the last addition may be a single byte.
        ending: Buffer.concat([this.known.ending, whole.subarray(-ENDING_BYTES)]).subarray(-ENDING_BYTES),
        lines: [...this.known.lines, ...parseLines(whole.toString("utf8"))],
      };
    }
    // The last line is being written, or was torn: the next read may find more of it.
    const rest = parseJson(added.toString("utf8", whole.length));
    return { lines: rest === undefined ? this.known.lines : [...this.known.lines, rest], bytes: size };
  }

  /** @throws AppError `state_newer` */
  private headerIn(line: unknown): LogHeader | undefined {
    if (!isHeader(line) || line.kind !== this.header.kind) return undefined;
    if (line.v > this.header.v) throw newerState(this.path, line.v, this.header.v);
    return line;
  }

  private withFile<T>(read: (descriptor: number) => T): T | undefined {
    try {
      return withFile(this.path, read);
    } catch (error) {
      throw stateError(error, "read", this.path);
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

function lastIn(descriptor: number): unknown {
  const { size } = fstatSync(descriptor);
  for (let bytes = LAST_GUESS_BYTES; ; bytes *= 8) {
    const length = Math.min(bytes, size);
    const lines = readBytes(descriptor, size - length, length)
      .toString("utf8")
      .split("\n");
    // The first line may lack its beginning.
    if (length < size) lines.shift();
    const newest = newestOf(lines);
    if (newest !== undefined || length === size) return newest;
  }
}

/** Returns the value of the last line that has one. */
function newestOf(lines: string[]): unknown {
  for (let line = lines.pop(); line !== undefined; line = lines.pop()) {
    const value = parseJson(line);
    if (value !== undefined && !isHeader(value)) return value;
  }
  return undefined;
}

/** Returns how many lines begin in a part that begins with one. */
function linesIn(part: Buffer): number {
  let count = part.at(-1) === NEWLINE ? 0 : 1;
  for (let at = part.indexOf(NEWLINE); at !== -1; at = part.indexOf(NEWLINE, at + 1)) count += 1;
  return count;
}

function linesOf(values: readonly unknown[]): string {
  return values.map((value) => `${JSON.stringify(value)}\n`).join("");
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
 * Refuses to write to a file that was put in the place of a log, by mistake or as a hard link to a valuable
 * file. Our logs begin with their header; a log that lost its bytes in a power failure begins with zeros.
 */
function refuseStranger(descriptor: number, size: number): void {
  const start = readBytes(descriptor, 0, Math.min(size, OPENING.length));
  if (start[0] === 0 || OPENING.startsWith(start.toString("latin1"))) return;
  throw new Error("it does not begin like a log of agent-sessions");
}

function endsTorn(descriptor: number, size: number): boolean {
  return size > 0 && readBytes(descriptor, size - 1, 1)[0] !== NEWLINE;
}

/** Yields the first `bytes` of a file, some whole lines at a time. Each part is valid only until the next is asked for. */
function* partsOf(descriptor: number, bytes: number): Generator<Buffer> {
  let buffer = Buffer.allocUnsafe(PART_BYTES);
  let kept = 0;
  for (let at = 0; at < bytes; ) {
    if (kept === buffer.length) buffer = Buffer.concat([buffer], buffer.length * 2);
    const read = readSync(descriptor, buffer, kept, Math.min(buffer.length - kept, bytes - at), at);
    if (read === 0) break;
    at += read;
    const filled = kept + read;
    const whole = buffer.subarray(0, filled).lastIndexOf(NEWLINE) + 1;
    if (whole > 0) yield buffer.subarray(0, whole);
    buffer.copyWithin(0, whole, filled);
    kept = filled - whole;
  }
  if (kept > 0) yield buffer.subarray(0, kept);
}

/** Parses all lines as one array, which is three times as fast, and line by line only if one is torn. */
function parseLines(text: string): unknown[] {
  try {
    // JSON has no raw line feed inside a value, so each one is between two values.
    return JSON.parse(`[${text.trimEnd().replaceAll("\n", ",")}]`) as unknown[];
  } catch {
    return text
      .split("\n")
      .map((line) => parseJson(line))
      .filter((value) => value !== undefined);
  }
}
