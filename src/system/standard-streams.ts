import { closeSync, constants, fstatSync, openSync, write, writeSync } from "node:fs";
import { leave } from "./last-words.ts";

/** The exit code of a command whose reader went away, as a shell reports death by SIGPIPE. */
const CLOSED_PIPE = 141;
/** So long a reader of talk may take. What is said is not worth more, and a stopped terminal never takes it. */
const TALK_MS = 1_000;
const PAUSE_MS = 2;

/** Writes at once and whole: `process.exit` would cut off what a pipe has not taken yet. */
export function print(descriptor: 1 | 2, text: string): void {
  const bytes = Buffer.from(text);
  let waitedMs = 0;
  for (let written = 0; written < bytes.length; ) {
    try {
      written += writeSync(descriptor === 2 ? patient(2) : 1, bytes, written);
    } catch (error) {
      const code = error instanceof Error && "code" in error ? error.code : undefined;
      // A non-blocking pipe is full: its reader needs a moment.
      if (code === "EAGAIN" && (descriptor === 1 || waitedMs < TALK_MS)) {
        waitAMoment();
        waitedMs += PAUSE_MS;
        continue;
      }
      // Nobody reads any more. The turn, if there is one, goes on without us.
      if (descriptor === 1 && code === "EPIPE") leave(CLOSED_PIPE);
      return;
    }
  }
}

/** Writes what there is room for, and nothing where a reader has stopped reading. */
export function printIfRoom(descriptor: 2, text: string): void {
  try {
    writeSync(patient(descriptor), text);
  } catch {
    // Full, or closed.
  }
}

/** The least room for bytes on their way. */
const ROOM_BYTES = 64 * 1024;
let printed: Promise<void> = Promise.resolve();
/** What the bytes on their way lie in; there are several only where somebody does not wait for them. */
const idle: Buffer[] = [];

/**
 * Writes without holding up this thread, signals included, while a reader has stopped reading. The bytes are
 * taken over before this returns, and come out in the order of the calls.
 */
export function printLater(bytes: Uint8Array): Promise<void> {
  const room = idle.pop();
  // Used over and over: buffers that are thrown away stand around until the next collection.
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

/** Resolves when all that was handed to `printLater` is written, or could not be. */
export function allPrinted(): Promise<void> {
  return printed;
}

/** How long it is since the reader has taken anything of what waits to be written; 0 where nothing waits. */
export function unreadMs(): number {
  return waitingSinceMs === undefined ? 0 : performance.now() - waitingSinceMs;
}

/** Waits no longer for what a reader has not taken. */
export function forgetUnprinted(): void {
  printed = Promise.resolve();
}

let waitingSinceMs: number | undefined;

async function writeLater(bytes: Buffer): Promise<void> {
  for (let written = 0; written < bytes.length; ) {
    waitingSinceMs ??= performance.now();
    const taken = await new Promise<number>((resolve, reject) => {
      write(patient(1), bytes, written, bytes.length - written, null, (error, count) => {
        if (error === null) resolve(count);
        else if (error.code === "EAGAIN") setTimeout(() => resolve(0), PAUSE_MS);
        else if (error.code === "EPIPE") leave(CLOSED_PIPE);
        else reject(error);
      });
    });
    written += taken;
    if (taken > 0) waitingSinceMs = undefined;
  }
}

const patientOnes = new Map<number, number>();

/**
 * The same stream through a description of our own that does not block: a write into a stopped terminal would
 * otherwise hold up a thread for ever, and the end of this process with it. Others who share the stream notice
 * nothing. Where that can't be had, as for a socket, the stream itself.
 */
function patient(descriptor: 1 | 2): number {
  let found = patientOnes.get(descriptor);
  if (found === undefined) {
    found = openPatient(descriptor);
    patientOnes.set(descriptor, found);
  }
  return found;
}

function openPatient(descriptor: 1 | 2): number {
  if (process.platform !== "linux") return descriptor;
  const { O_APPEND, O_NOCTTY, O_NONBLOCK, O_WRONLY } = constants;
  try {
    const opened = openSync(`/proc/self/fd/${descriptor}`, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_APPEND);
    if (isStream(opened)) return opened;
    closeSync(opened);
  } catch {
    // A socket can't be opened again; a file may not be.
    if (isSocket(descriptor)) stopBlocking(descriptor);
  }
  return descriptor;
}

/** Node gives its children sockets for pipes. Those who share it see it not block from now on, as with any Node. */
function stopBlocking(descriptor: number): void {
  const { Socket } = process.getBuiltinModule("node:net");
  sockets.push(new Socket({ fd: descriptor, readable: false }).unref());
}

/** Kept, or they would be closed. */
const sockets: object[] = [];

function isSocket(descriptor: number): boolean {
  return fstatSync(descriptor).isSocket();
}

/** A file has a place of its own in each description, and never blocks. */
function isStream(descriptor: number): boolean {
  const found = fstatSync(descriptor);
  return found.isFIFO() || found.isCharacterDevice();
}

/** A non-blocking stream is full or still empty: the other side needs a moment. */
export function waitAMoment(): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE_MS);
}
