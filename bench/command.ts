import { existsSync } from "node:fs";
import { join } from "node:path";
import { REPOSITORY } from "../test/support/environment.ts";
import { type RunResult, start } from "../test/support/run.ts";

/** A command line and all that it can see. */
export interface Command {
  argv: readonly string[];
  cwd: string;
  /** All of the environment: nothing is inherited. */
  env: Record<string, string>;
  /** What it reads; without it, its standard input is empty. */
  input?: string;
}

/** Far more than any command needs. Without it, an agent that hangs would hang the bench. */
const COMMAND_LIMIT_MS = 60_000;

const CLI = join(REPOSITORY, "dist/cli.cjs");

/** The built command line, started as an installed one is. */
export function agentSessions(...args: readonly string[]): string[] {
  if (!existsSync(CLI)) throw new Error(`${CLI} is missing. Build it with: npm run build`);
  return [process.execPath, CLI, ...args];
}

/** What everything that runs on Node has to pay before its first line. */
export const NOTHING_ON_NODE: readonly string[] = [process.execPath, "-e", "0"];

/** Wall time from before the process is made until it has exited and its output is read. */
export async function timeMs(command: Command, stop: AbortSignal): Promise<number> {
  const begin = performance.now();
  await run(command, stop);
  return performance.now() - begin;
}

/**
 * Runs a command to its end, out of the terminal's reach: Ctrl-C comes to the bench alone, which passes it on
 * once, so that a command can end its agent before it goes.
 *
 * @throws Error when it fails: the time of a failure says nothing.
 */
export async function run(command: Command, stop: AbortSignal): Promise<RunResult> {
  stop.throwIfAborted();
  const { argv, ...place } = command;
  const running = start(argv, { ...place, ownGroup: true });
  const end = () => running.kill("SIGTERM");
  const limit = setTimeout(end, COMMAND_LIMIT_MS);
  stop.addEventListener("abort", end);
  try {
    const result = await running.result;
    stop.throwIfAborted();
    if (result.code !== 0) throw new Error(explain(argv, result));
    return result;
  } finally {
    clearTimeout(limit);
    stop.removeEventListener("abort", end);
  }
}

function explain(argv: readonly string[], { code, signal, stdout, stderr }: RunResult): string {
  const said = (stderr.trim() || stdout.trim()).slice(-2000);
  return `This command ended with ${signal ?? `exit code ${code}`}: ${argv.join(" ")}\n${said}`;
}
