import { spawn } from "node:child_process";
import { constants } from "node:os";

const PASSED_ON = ["SIGTERM", "SIGHUP", "SIGQUIT", "SIGINT"] as const;

/**
 * Runs a program in place of this one, with its standard streams, and returns the exit code to end with.
 * Signals to this process are passed on to it, except those of a terminal's keys: they reach both processes
 * anyway.
 */
export async function runInstead(
  file: string,
  args: readonly string[],
  env: Record<string, string | undefined>,
): Promise<number> {
  const child = spawn(file, args, { env, stdio: "inherit" });
  for (const signal of PASSED_ON) {
    process.on(signal, () => {
      const isOfTerminal = signal === "SIGINT" || signal === "SIGQUIT";
      if (!isOfTerminal || !process.stdin.isTTY) child.kill(signal);
    });
  }
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("exit", (code, signal) => {
      if (signal === null) return resolve(code ?? 1);
      for (const name of PASSED_ON) process.removeAllListeners(name);
      process.kill(process.pid, signal);
      // A signal that does not end this process is still reported in the exit code.
      setTimeout(() => resolve(128 + constants.signals[signal]), 1000);
    });
  });
}
