import { spawn } from "node:child_process";
import type { Readable } from "node:stream";
import { until } from "./until.ts";

export { until } from "./until.ts";

export interface RunOptions {
  cwd: string;
  /** All of the environment: nothing is inherited. */
  env: Record<string, string>;
  /** The number of the user and group to run it as; only root can choose. */
  user?: number;
  /** What the command reads; without it, its standard input is empty. */
  input?: string | Buffer;
}

export interface RunResult {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

export interface Running {
  pid: number;
  /** Sends a signal to the command itself. False when it has ended. */
  kill(signal?: NodeJS.Signals): boolean;
  /** To its whole process group; only for a command started with `ownGroup`. */
  killGroup(signal: NodeJS.Signals): void;
  stdout(): string;
  stderr(): string;
  /** Resolves with the output so far once `predicate` holds for it; fails at once when the command ends before. */
  waitFor(predicate: (stdout: string, stderr: string) => boolean, options?: WaitOptions): Promise<string>;
  /** Gives standard input more, where the command was started with `keepStdin`. */
  write(text: string): void;
  endInput(): void;
  /** Settles when the command has exited and its output is closed. */
  result: Promise<RunResult>;
  /** Settles when the command has exited, whoever still holds its output. */
  exited: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
}

interface WaitOptions {
  what?: string;
  timeoutMs?: number;
}

export interface StartOptions extends RunOptions {
  keepStdin?: boolean;
  /** Makes it the leader of a session and process group of its own. */
  ownGroup?: boolean;
}

/** Runs a command to its end. A code other than 0 is a result like any other. */
export async function run(argv: readonly string[], options: RunOptions): Promise<RunResult> {
  return start(argv, options).result;
}

export function start(argv: readonly string[], options: StartOptions): Running {
  const [file, ...args] = argv;
  if (file === undefined) throw new Error("There is no command to start.");
  const child = spawn(file, args, {
    cwd: options.cwd,
    env: options.env,
    detached: options.ownGroup ?? false,
    ...(options.user === undefined ? {} : { uid: options.user, gid: options.user }),
    stdio: "pipe",
  });
  // A command that ends without reading its input breaks the pipe; its result says all there is to say.
  child.stdin.on("error", () => undefined);
  if (options.keepStdin !== true) child.stdin.end(options.input ?? "");
  else if (options.input !== undefined) child.stdin.write(options.input);

  const stdout = collect(child.stdout);
  const stderr = collect(child.stderr);
  let hasEnded = false;
  const exited = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code, signal) => resolve({ code, signal }));
  });
  const result = new Promise<RunResult>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code, signal) => {
      hasEnded = true;
      resolve({ code, signal, stdout: stdout(), stderr: stderr() });
    });
  });
  // Whoever awaits one of the two is told; the other must not end the test process.
  exited.catch(() => undefined);
  result.catch(() => undefined);
  const pid = child.pid ?? Number.NaN;

  return {
    pid,
    kill: (signal = "SIGTERM") => child.kill(signal),
    killGroup: (signal) => {
      if (options.ownGroup !== true) throw new Error(`${file} was not started with ownGroup.`);
      process.kill(-pid, signal);
    },
    stdout,
    stderr,
    waitFor: async (predicate, { what = `output of ${argv.join(" ")}`, timeoutMs } = {}) =>
      until(
        () => {
          const ended = hasEnded;
          if (predicate(stdout(), stderr())) return { text: stdout() };
          if (ended) throw new Error(`The command ended without ${what}: ${stdout()}${stderr()}`);
          return undefined;
        },
        { what, timeoutMs },
      ).then(({ text }) => text),
    write: (text) => {
      child.stdin.write(text);
    },
    endInput: () => {
      child.stdin.end();
    },
    result,
    exited,
  };
}

/** Bytes are joined before they are decoded, so that no character is cut in two. */
function collect(stream: Readable): () => string {
  const chunks: Buffer[] = [];
  stream.on("data", (chunk: Buffer) => chunks.push(chunk));
  return () => Buffer.concat(chunks).toString("utf8");
}
