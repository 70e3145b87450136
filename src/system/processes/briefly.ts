import { spawn } from "node:child_process";
import { signal } from "./tree.ts";

const MOST_BYTES = 4096;

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
