import { spawn } from "node:child_process";
import type { Command } from "../../domain/agent/agent.ts";
import { AppError } from "../../domain/errors.ts";
import type { AgentExit } from "../../domain/turn/turn.ts";

/**
 * Gives the terminal to a command and resolves when it has exited. Signals from the terminal's keys reach
 * both processes, as they are one process group: the command decides what a signal means, and this process
 * waits for its end. Only Ctrl-Z stops both. From now on, Ctrl-C and SIGQUIT do not end this process. SIGTERM
 * is passed on, and so is the hang-up of a closed terminal, which the kernel reports only to the terminal's
 * first process.
 */
export async function runInTerminal(
  command: Pick<Command, "file" | "args">,
  { cwd, env }: { cwd: string; env: Record<string, string | undefined> },
): Promise<AgentExit & { isTerminated: boolean }> {
  let isTerminated = false;
  for (const signal of ["SIGINT", "SIGQUIT"] as const) process.on(signal, () => undefined);
  const child = spawn(command.file, command.args, { cwd, env, stdio: "inherit" });
  process.on("SIGHUP", () => child.kill("SIGHUP"));
  process.on("SIGTERM", () => {
    isTerminated = true;
    child.kill("SIGTERM");
  });
  return new Promise((resolve, reject) => {
    child.on("error", (cause) => {
      const message = `Could not start ${command.file} in ${cwd}: ${cause.message}.`;
      reject(new AppError("agent_failed", message, { cause }));
    });
    child.on("exit", (code, signal) => {
      resolve({
        ...(code === null ? {} : { code }),
        ...(signal === null ? {} : { signal }),
        isTerminated,
      });
    });
  });
}
