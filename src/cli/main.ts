import { readFileSync, write, writeSync } from "node:fs";
import { homedir } from "node:os";
import { isatty } from "node:tty";
import { AppError } from "../domain/errors.ts";
import { errorRecord, jsonLine } from "./output/json.ts";
import { runCommandLine } from "./program.ts";
import type { CommandIo, Terminal } from "./terminal.ts";
import { printFailure } from "./turn-output.ts";
import { version } from "./version.ts";

const argv = process.argv.slice(2);

const wantsColor = (process.env.NO_COLOR ?? "") === "" && process.env.TERM !== "dumb";

const terminal: Terminal = {
  out: (text) => print(1, text),
  err: (text) => print(2, text),
  outLater,
  // Asked of the descriptors: making a stream of a pipe would turn it non-blocking, and writes would fail.
  isInteractive: isatty(1),
  hasColor: { out: wantsColor && isatty(1), err: wantsColor && isatty(2) },
};

const io: CommandIo = {
  around: {
    env: process.env,
    cwd: workingFolder(),
    platform: process.platform,
    uid: process.getuid?.() ?? 0,
    userHome: userHome(),
    notify: (message) => terminal.err(`${message}\n`),
  },
  terminal,
  readStdin,
  readFile: (path) => readFileSync(path, "utf8"),
  catchSignals,
};

runCommandLine(argv, version, io).then(
  (exitCode) => process.exit(exitCode),
  (thrown: unknown) => process.exit(report(thrown)),
);

/** The one place where an error meets a person or a program. */
function report(thrown: unknown): number {
  const error =
    thrown instanceof AppError
      ? thrown
      : new AppError(
          "internal",
          `This is a bug in agent-sessions: ${thrown instanceof Error ? thrown.message : String(thrown)}`,
          {
            hint: "Please report it with the command you ran. AGENT_SESSIONS_DEBUG=1 prints where it happened.",
            cause: thrown,
          },
        );
  // The parser may have failed before it got to the flag.
  const wantsJson = argv.includes("--json") || argv.includes("--stream");
  if (wantsJson) terminal.out(jsonLine(errorRecord(error)));
  else printFailure(terminal, error.message, error.hint);
  if (process.env.AGENT_SESSIONS_DEBUG) terminal.err(`${error.stack}\n${String(error.cause ?? "")}\n`);
  return error.exitCode;
}

/** Writes at once and whole: `process.exit` would cut off what a pipe has not taken yet. */
function print(descriptor: 1 | 2, text: string): void {
  const bytes = Buffer.from(text);
  for (let written = 0; written < bytes.length; ) {
    try {
      written += writeSync(descriptor, bytes, written);
    } catch (error) {
      const code = error instanceof Error && "code" in error ? error.code : undefined;
      // A non-blocking pipe is full: its reader needs a moment.
      if (code === "EAGAIN") Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2);
      else {
        // Nobody reads any more. The turn, if there is one, goes on without us.
        if (descriptor === 1 && code === "EPIPE") process.exit(141);
        return;
      }
    }
  }
}

/** Writes from another thread: a reader that has stopped reading would hold up this one, signals included. */
async function outLater(text: string): Promise<void> {
  const bytes = Buffer.from(text);
  for (let written = 0; written < bytes.length; ) {
    written += await new Promise<number>((resolve, reject) => {
      write(1, bytes, written, (error, count) => {
        if (error === null) resolve(count);
        else if (error.code === "EAGAIN") setTimeout(() => resolve(0), 2);
        else if (error.code === "EPIPE") process.exit(141);
        else reject(error);
      });
    });
  }
}

function catchSignals(): { signal: AbortSignal; hurry: AbortSignal } {
  const first = new AbortController();
  const second = new AbortController();
  const on = (name: NodeJS.Signals, reason: AppError) =>
    process.on(name, () => (first.signal.aborted ? second.abort() : first.abort(reason)));
  on("SIGINT", new AppError("cancelled", "The turn was cancelled by Ctrl-C."));
  on("SIGTERM", new AppError("terminated", "The turn was ended: this command got SIGTERM."));
  return { signal: first.signal, hurry: second.signal };
}

async function readStdin(): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("utf8");
}

function userHome(): string | undefined {
  try {
    const home = homedir();
    return home === "" ? undefined : home;
  } catch {
    return undefined;
  }
}

/** The folder this command was started in; where that is gone, there is nothing to work with. */
function workingFolder(): string {
  try {
    return process.cwd();
  } catch (cause) {
    const error = new AppError("folder_missing", "The folder this command was started in no longer exists.", {
      hint: "Change to a folder that does, and run the command again.",
      cause,
    });
    process.exit(report(error));
  }
}
