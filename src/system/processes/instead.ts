import { spawn } from "node:child_process";
import { constants } from "node:os";

const PASSED_ON = ["SIGTERM", "SIGHUP", "SIGQUIT", "SIGINT"] as const;

/**
 * Runs a program in the place of this one, with its standard streams, and returns the exit code to end with. A signal
 * to this process reaches it; what a terminal's keys send goes to both of us anyway and is not passed on.
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
      // One that does not end us still tells how the other ended.
      setTimeout(() => resolve(128 + constants.signals[signal]), 1000);
    });
  });
}
