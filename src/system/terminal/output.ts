import { closeSync, constants, fstatSync, openSync, write, writeSync } from "node:fs";
import type { Socket } from "node:net";
import { errnoOf } from "../errors.ts";
import { isTerminal } from "./is-terminal.ts";
import { leave } from "./signals.ts";
import { forTerminal, TerminalText } from "./text.ts";

/** The exit code of a command whose stdout has no reader any more, as a shell reports death by SIGPIPE. */
const CLOSED_PIPE = 141;
/** The longest wait for a slow reader of stderr: a stopped terminal never reads it. */
const TALK_MS = 1_000;
const PAUSE_MS = 2;
/** A pipe that is not full has room for at least this many bytes. */
const PAGE_BYTES = 4096;

/**
 * Writes the whole text before it returns: `process.exit` would cut off bytes that the pipe has not taken.
 * On stderr, it gives up after waiting for `TALK_MS`.
 */
export function print(descriptor: 1 | 2, text: string): void {
  const bytes = Buffer.from(asShown(descriptor, text));
  let waitedMs = 0;
  for (let written = 0; written < bytes.length; ) {
    try {
      written += writeSync(descriptor === 2 ? patient(2).descriptor : 1, bytes, written);
    } catch (error) {
      const code = error instanceof Error && "code" in error ? error.code : undefined;
      // A non-blocking pipe is full: wait for its reader.
      if (code === "EAGAIN" && (descriptor === 1 || waitedMs < TALK_MS)) {
        waitAMoment();
        waitedMs += PAUSE_MS;
        continue;
      }
      // The reader is gone. A running turn continues without this process.
      if (descriptor === 1 && code === "EPIPE") leave(CLOSED_PIPE);
      return;
    }
  }
}

/** Writes as much as there is room for, and nothing if the reader has stopped reading. */
export function printIfRoom(descriptor: 2, text: string): void {
  try {
    writeSync(patient(descriptor).descriptor, asShown(descriptor, text));
  } catch {
    // Full, or closed.
  }
}

/**
 * Rings the bell of the terminal at `descriptor` and lets it show `text` as a notification, with OSC 9: iTerm2, WezTerm,
 * Windows Terminal, kitty and others do, all others skip it. Elsewhere it does nothing.
 */
export function ring(descriptor: 2, text: string): void {
  if (!isTerminal(descriptor)) return;
  try {
    writeSync(patient(descriptor).descriptor, `\x1b]9;${forTerminal(text)}\x07\x07`);
  } catch {
    // Full, or closed.
  }
}

/**
 * Returns the text as its reader gets it: a terminal gets nothing that controls it, any other reader gets
 * every byte.
 */
function asShown(descriptor: 1 | 2, text: string): string {
  return isTerminal(descriptor) ? forTerminal(text) : text;
}

/** The smallest size of a write buffer. */
const ROOM_BYTES = 64 * 1024;
let printed: Promise<void> = Promise.resolve();
/** Write buffers that are free again. There are several only if a caller does not wait for its writes. */
const idle: Buffer[] = [];

/**
 * Writes to stdout without blocking this thread, signal handlers included, while the reader has stopped
 * reading. The bytes are copied before this returns, and are written in the order of the calls.
 */
export function printLater(bytes: Uint8Array): Promise<void> {
  if (!isTerminal(1)) return writeInTurn(bytes);
  arriving ??= new TerminalText();
  return writeInTurn(Buffer.from(arriving.take(bytes)));
}

/** On a terminal: holds back a character or a sequence that may be cut in two between chunks. */
let arriving: TerminalText | undefined;

function writeInTurn(bytes: Uint8Array): Promise<void> {
  const room = idle.pop();
  // Buffers are reused: discarded ones would occupy memory until the next garbage collection.
  const own =
    room !== undefined && room.length >= bytes.length
      ? room
      : Buffer.allocUnsafe(Math.max(bytes.length, ROOM_BYTES));
  own.set(bytes);
  const written = printed.then(async () => {
    await writeLater(own.subarray(0, bytes.length));
    idle.push(own);
  });
  printed = written.catch(() => undefined);
  return written;
}

/** Resolves when everything passed to `printLater` is written, or has failed. */
export function allPrinted(): Promise<void> {
  const rest = arriving?.rest() ?? "";
  if (rest !== "") void writeInTurn(Buffer.from(rest)).catch(() => undefined);
  return printed;
}

/** Returns for how long the reader has taken nothing of the pending output; 0 when nothing is pending. */
export function unreadMs(): number {
  return waitingSinceMs === undefined ? 0 : performance.now() - waitingSinceMs;
}

/** Stops waiting for output that the reader has not taken. */
export function forgetUnprinted(): void {
  printed = Promise.resolve();
}

let waitingSinceMs: number | undefined;

async function writeLater(bytes: Buffer): Promise<void> {
  for (let written = 0; written < bytes.length; ) {
    const taken = await writeSome(bytes.subarray(written));
    written += taken;
    if (taken > 0) waitingSinceMs = undefined;
  }
}

/** Writes as much as there is room for, as soon as there is some, and returns the number of bytes. */
async function writeSome(bytes: Buffer): Promise<number> {
  const stream = patient(1);
  try {
    // A write in another thread is slower than the write itself, and needed only where a write may block.
    if (!stream.mayBlock) return writeSync(stream.descriptor, bytes);
    waitingSinceMs ??= performance.now();
    return await writeElsewhere(stream, bytes);
  } catch (error) {
    const code = errnoOf(error);
    if (code === "EAGAIN") {
      waitingSinceMs ??= performance.now();
      return waitForRoom(stream, bytes);
    }
    if (code === "EPIPE") leave(CLOSED_PIPE);
    throw error;
  }
}

function writeElsewhere({ descriptor }: Stream, bytes: Buffer): Promise<number> {
  return new Promise((resolve, reject) => {
    write(descriptor, bytes, (error, count) => (error === null ? resolve(count) : reject(error)));
  });
}

/**
 * Writes a page as soon as the kernel reports room for it. Polling instead would make a reader that is slower
 * than this process four times as slow.
 */
function waitForRoom(stream: Stream, bytes: Buffer): Promise<number> {
  const page = bytes.subarray(0, PAGE_BYTES);
  return new Promise((resolve) => {
    if (stream.isPipe) stream.socket ??= socketOn(stream.descriptor);
    if (stream.socket === undefined) setTimeout(() => resolve(0), PAUSE_MS);
    else stream.socket.write(page, (error) => (error ? leave(CLOSED_PIPE) : resolve(page.length)));
  });
}

/** A standard stream as we write to it. */
interface Stream {
  descriptor: number;
  mayBlock: boolean;
  isPipe: boolean;
  /** Kept referenced, or it would be closed. */
  socket?: Socket;
}

const patientOnes = new Map<number, Stream>();

/**
 * Returns the same stream through an open file description of our own that does not block: otherwise, a write
 * to a stopped terminal would block a thread for ever, and the end of this process with it. Other processes
 * that share the stream are not affected. Where that is not possible, as for a file, returns the stream
 * itself.
 */
function patient(descriptor: 1 | 2): Stream {
  let found = patientOnes.get(descriptor);
  if (found === undefined) {
    found = openPatient(descriptor);
    patientOnes.set(descriptor, found);
  }
  return found;
}

function openPatient(descriptor: 1 | 2): Stream {
  const itself = { descriptor, mayBlock: true, isPipe: false };
  if (process.platform !== "linux") return itself;
  const { O_APPEND, O_NOCTTY, O_NONBLOCK, O_WRONLY } = constants;
  try {
    const opened = openSync(`/proc/self/fd/${descriptor}`, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_APPEND);
    const found = fstatSync(opened);
    // A file has an offset of its own in each description, and never blocks.
    if (found.isFIFO() || found.isCharacterDevice())
      return { descriptor: opened, mayBlock: false, isPipe: found.isFIFO() };
    closeSync(opened);
  } catch {
    // A socket can't be opened again; a file may not be. Node gives its children sockets as pipes. Processes
    // that share one see it as non-blocking from now on, as with any Node process.
    if (fstatSync(descriptor).isSocket()) return { ...itself, mayBlock: false, socket: socketOn(descriptor) };
  }
  return itself;
}

/** Makes the descriptor non-blocking. The socket reports when there is room. */
function socketOn(fd: number): Socket {
  const net = process.getBuiltinModule("node:net");
  // Errors are reported to the callback of each write.
  return new net.Socket({ fd, readable: false }).on("error", () => undefined).unref();
}

/** Blocks the thread for a moment, for example while a non-blocking stream is full or still empty. */
export function waitAMoment(): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE_MS);
}
