import { spawn } from "node:child_process";

const MOST_BYTES = 4096;

/** How a program ended that had little time; `timeout` when it was killed for taking too long. */
export interface BriefRun {
  end: "exit" | "timeout" | "not started";
  code?: number;
  /** The first bytes of what it printed. */
  stdout: string;
}

/** Runs a program that is to answer at once. It reads nothing, and is killed with its group after `timeoutMs`. */
export function runBriefly(
  file: string,
  args: readonly string[],
  options: { cwd: string; env: Readonly<Record<string, string | undefined>>; timeoutMs: number },
): Promise<BriefRun> {
  const { cwd, env, timeoutMs } = options;
  return new Promise((resolve) => {
    const child = spawn(file, args, { cwd, env, detached: true, stdio: ["ignore", "pipe", "ignore"] });
    let stdout = "";
    const end = (run: Omit<BriefRun, "stdout">) => {
      clearTimeout(timer);
      child.stdout.destroy();
      resolve({ ...run, stdout });
    };
    const timer = setTimeout(() => {
      kill(child.pid);
      end({ end: "timeout" });
    }, timeoutMs);
    child.stdout.setEncoding("utf8");
    child.stdout.on("data", (text: string) => {
      if (stdout.length < MOST_BYTES) stdout += text;
    });
    child.on("error", () => end({ end: "not started" }));
    // Not its exit: what it printed last may come after that.
    child.on("close", (code) => end({ end: "exit", ...(code === null ? {} : { code }) }));
  });
}

function kill(leader: number | undefined): void {
  try {
    if (leader !== undefined) process.kill(-leader, "SIGKILL");
  } catch {
    // Gone in this very moment.
  }
}
