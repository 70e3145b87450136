import { spawn } from "node:child_process";
import type { Command } from "../../domain/agent/agent.ts";
import { AppError } from "../../domain/errors.ts";
import type { AgentExit } from "../../domain/turn/turn.ts";

/**
 * Gives the terminal to a command and settles when it has exited. What its keys signal goes to both of us, as we are
 * one group: the command decides what it means, and we stay to see how it ends. Only Ctrl-Z stops us with it. From
 * now on these signals end this process no more. SIGTERM is passed on, and so is the hang-up of a terminal that is
 * closed, of which the kernel tells the first process in it alone.
 */
export async function runInTerminal(
  command: Command,
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
