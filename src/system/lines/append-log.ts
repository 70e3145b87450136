import { constants, fstatSync, openSync } from "node:fs";
import { dirname } from "node:path";
import { AppError } from "../../domain/errors.ts";
import { parseJson } from "../../domain/parse-json.ts";
import { errnoOf, stateError } from "../errors.ts";
import { closing, readBytes, withFile } from "../files/read.ts";
import { makeFolder, openPrivate, replaceFile, syncPath, writeFully } from "../files/write.ts";

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
/** The content of a log up to this size is kept for the next search. */
const KEPT_BYTES = 8 * 1024 * 1024;
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

/** The content of a log that was searched, and what was found in it, by text. */
interface Searched {
  /** Another one for another content. */
  stamp: string;
  content: Buffer;
  found: Map<string, { values: unknown[]; count: number }>;
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
   * Returns the values whose lines contain `text`, oldest first, and the number of all lines after the
   * header. Other lines are not parsed. Returns undefined where `read` is as good: the log has grown by less
   * than `leastBytes` since it was read, or many lines contain the text. Also undefined if the header is
   * missing.
   */
  search(text: string, leastBytes = SEARCHED_BYTES): { values: unknown[]; count: number } | undefined {
    const searched = this.withFile((descriptor) => {
      const { size } = fstatSync(descriptor);
      return size - this.known.bytes < leastBytes ? undefined : this.contentOf(descriptor);
    });
    if (searched === undefined) return undefined;
    const { content, found } = searched;
    const before = found.get(text);
    if (before !== undefined) return before;
    const values: unknown[] = [];
    const lineAt = (at: number) => {
      const end = content.indexOf(NEWLINE, at);
      const start = content.lastIndexOf(NEWLINE, at) + 1;
      return { value: parseJson(content.toString("utf8", start, end === -1 ? undefined : end)), end };
    };
    if (this.headerIn(lineAt(0).value) === undefined) return undefined;
    for (let at = content.indexOf(text); at !== -1; ) {
      const { value, end } = lineAt(at);
      if (value !== undefined) values.push(value);
      if (values.length > MOST_FOUND) return undefined;
      at = end === -1 ? -1 : content.indexOf(text, end);
    }
    const result = { values, count: countLines(content) - 1 };
    found.set(text, result);
    return result;
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
    return this.withFile((descriptor) => {
      const { size } = fstatSync(descriptor);
      for (let bytes = LAST_GUESS_BYTES; ; bytes *= 8) {
        const length = Math.min(bytes, size);
        const lines = readBytes(descriptor, size - length, length)
          .toString("utf8")
          .split("\n");
        // The first line may lack its beginning.
        if (length < size) lines.shift();
        for (let line = lines.pop(); line !== undefined; line = lines.pop()) {
          const value = parseJson(line);
          if (value !== undefined && !isHeader(value)) return value;
        }
        if (length === size) return undefined;
      }
    });
  }

  /** Reads the whole file, unless it is still what was read last: a command looks for a name more than once. */
  private contentOf(descriptor: number): Searched {
    const { ino, size, mtimeNs } = fstatSync(descriptor, { bigint: true });
    const stamp = `${ino} ${size} ${mtimeNs}`;
    if (this.searched?.stamp === stamp) return this.searched;
    const content = readBytes(descriptor, 0, Number(size));
    const searched: Searched = { stamp, content, found: new Map() };
    // Read before it had all of these bytes, it may have others by now.
    const isStill = content.length === Number(size) && content.length <= KEPT_BYTES;
    this.searched = isStill ? searched : undefined;
    return searched;
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

/** Counts lines, including empty ones and a last one without its line end. */
function countLines(content: Buffer): number {
  let count = 0;
  for (let at = content.indexOf(NEWLINE); at !== -1; at = content.indexOf(NEWLINE, at + 1)) count += 1;
  return content.length > 0 && content.at(-1) !== NEWLINE ? count + 1 : count;
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
