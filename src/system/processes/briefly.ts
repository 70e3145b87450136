import { spawn } from "node:child_process";
import { LineSplitter } from "../lines/splitter.ts";
import { signal } from "./tree.ts";

const MOST_BYTES = 4096;
/** What is read of one line of an answer. */
const LINE_BYTES = 64 * 1024;
/** How long a program may take to exit that has answered. */
const MOMENT_MS = 5_000;

/** How a program with a time limit ended; `timeout` when it was killed after the limit. */
export interface BriefRun {
  end: "exit" | "timeout" | "not started";
  code?: number;
  /** The first bytes of its stdout. */
  stdout: string;
  /** The first bytes of its stderr, where they were asked for. */
  stderr: string;
}

/**
 * Runs a program that should answer at once. It gets no input, and is killed with its process group after
 * `timeoutMs`.
 */
export function runBriefly(
  file: string,
  args: readonly string[],
  options: {
    cwd: string;
    env: Readonly<Record<string, string | undefined>>;
    timeoutMs: number;
    /** Whether its stderr is read, too. Then a child that it leaves behind must not hold it open. */
    readsErrors?: true;
  },
): Promise<BriefRun> {
  const { cwd, env, timeoutMs, readsErrors = false } = options;
  return new Promise((resolve) => {
    const child = spawn(file, args, {
      cwd,
      env,
      detached: true,
      stdio: ["ignore", "pipe", readsErrors ? "pipe" : "ignore"],
    });
    let stdout = "";
    let stderr = "";
    const end = (run: Omit<BriefRun, "stdout" | "stderr">) => {
      clearTimeout(timer);
      child.stdout?.destroy();
      child.stderr?.destroy();
      resolve({ ...run, stdout, stderr });
    };
    const timer = setTimeout(() => {
      if (child.pid !== undefined) signal(-child.pid, "SIGKILL");
      end({ end: "timeout" });
    }, timeoutMs);
    child.stdout?.setEncoding("utf8").on("data", (text: string) => {
      if (stdout.length < MOST_BYTES) stdout += text;
    });
    child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      if (stderr.length < MOST_BYTES) stderr += text;
    });
    child.on("error", () => end({ end: "not started" }));
    // Not on `exit`: the last output may arrive after it.
    child.on("close", (code) => end({ end: "exit", ...(code === null ? {} : { code }) }));
  });
}

/** What a program has answered, or how it ended without an answer that was understood. */
export interface Reply<Answer> extends Omit<BriefRun, "stdout"> {
  answer?: Answer;
}

/**
 * Gives a program an input, and returns what the first line of its output that `read` understands says; it then gets
 * the end of its input, and a moment to exit. Killed with its process group after `timeoutMs`. Of a longer line, the
 * first 64 kB are read.
 */
export function askBriefly<Answer>(
  file: string,
  args: readonly string[],
  {
    cwd,
    env,
    timeoutMs,
    input,
    read,
    signal: ending,
  }: {
    cwd: string;
    env: Readonly<Record<string, string | undefined>>;
    timeoutMs: number;
    /** Its standard input; if it is empty, that ends at once. */
    input: string;
    read: (line: string) => Answer | undefined;
    /** Kills it as the time limit does. */
    signal?: AbortSignal | undefined;
  },
): Promise<Reply<Answer>> {
  return new Promise((resolve) => {
    const child = spawn(file, args, { cwd, env, detached: true, stdio: ["pipe", "pipe", "pipe"] });
    const lines = new LineSplitter(LINE_BYTES);
    const kill = () => {
      if (child.pid !== undefined) signal(-child.pid, "SIGKILL");
    };
    let answer: Answer | undefined;
    let stderr = "";
    let isOver = false;
    const end = (run: Pick<BriefRun, "end" | "code">) => {
      if (isOver) return;
      isOver = true;
      clearTimeout(timer);
      ending?.removeEventListener("abort", kill);
      for (const stream of [child.stdin, child.stdout, child.stderr]) stream.destroy();
      resolve({ ...run, stderr, ...(answer === undefined ? {} : { answer }) });
    };
    let timer = setTimeout(() => {
      kill();
      end({ end: "timeout" });
    }, timeoutMs);
    ending?.addEventListener("abort", kill);
    if (ending?.aborted) kill();
    child.stdin.on("error", () => undefined);
    if (input === "") child.stdin.end();
    else child.stdin.write(input);
    child.stdout.on("data", (chunk: Buffer) => {
      for (const line of lines.push(chunk)) {
        if (answer !== undefined) continue;
        answer = read(line.toString("utf8"));
        if (answer === undefined) continue;
        child.stdin.end();
        clearTimeout(timer);
        timer = setTimeout(kill, MOMENT_MS);
      }
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      if (stderr.length < MOST_BYTES) stderr += text;
    });
    child.on("error", () => end({ end: "not started" }));
    child.on("close", (code) => end({ end: "exit", ...(code === null ? {} : { code }) }));
  });
}
