import { spawn } from "node:child_process";
import { closeSync, constants } from "node:fs";
import { AppError } from "../../domain/errors.ts";
import { stateError } from "../errors.ts";
import { openPrivate } from "../files/write.ts";
import { identifyProcess, type ProcessIdentity } from "./identity.ts";

const { O_APPEND, O_CREAT, O_NOFOLLOW, O_WRONLY } = constants;

/**
 * Starts a process in a session of its own that outlives this process, its terminal and its group. It gets no
 * input; its output is appended to `logPath`, or lost without one.
 *
 * @throws AppError `internal` when the process can't be started, `state_unwritable` for its log.
 */
export async function startInBackground(
  words: readonly string[],
  {
    cwd,
    env,
    logPath,
  }: { cwd: string; env: Record<string, string | undefined>; logPath: string | undefined },
): Promise<ProcessIdentity> {
  const [file = "", ...args] = words;
  const log = logPath === undefined ? "ignore" : openLog(logPath);
  try {
    const child = spawn(file, args, { cwd, env, detached: true, stdio: ["ignore", log, log] });
    const failure = new Promise<Error>((resolve) => child.on("error", resolve));
    child.unref();
    const identity = child.pid === undefined ? undefined : identifyProcess(child.pid);
    if (identity !== undefined) return identity;
    const cause = await failure;
    throw new AppError("internal", `Could not start ${file}: ${cause.message}.`, { cause });
  } finally {
    if (log !== "ignore") closeSync(log);
  }
}

function openLog(path: string): number {
  try {
    return openPrivate(path, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW);
  } catch (error) {
    throw stateError(error, "write", path);
  }
}
