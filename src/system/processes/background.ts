import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, constants } from "node:fs";
import { AppError } from "../../domain/errors.ts";
import { stateError } from "../errors.ts";
import { openPrivate } from "../files/write.ts";
import { identifyProcess, type ProcessIdentity } from "./identity.ts";

const { O_APPEND, O_CREAT, O_NOFOLLOW, O_WRONLY } = constants;

interface Place {
  cwd: string;
  env: Record<string, string | undefined>;
  /** Where its output is appended; without one, it is lost. */
  logPath: string | undefined;
}

/**
 * Starts a process in a session of its own that outlives this process, its terminal and its group. It gets no input.
 *
 * @throws AppError `internal` when the process can't be started, or ends at once; `state_unwritable` for its log
 */
export async function startInBackground(words: readonly string[], place: Place): Promise<ProcessIdentity> {
  const identity = await startDetached(words, place);
  if (identity !== undefined) return identity;
  throw new AppError("internal", `${words[0]} has ended at once.`);
}

/** Does the same for a process that may end at once: then it resolves with undefined. */
export async function startDetached(
  words: readonly string[],
  { cwd, env, logPath }: Place,
): Promise<ProcessIdentity | undefined> {
  const [file = "", ...args] = words;
  const log = logPath === undefined ? "ignore" : openLog(logPath);
  try {
    const child = spawn(file, args, { cwd, env, detached: true, stdio: ["ignore", log, log] });
    const started = once(child, "spawn");
    child.unref();
    // Looked up before anything else: it may end at any time.
    const identity = child.pid === undefined ? undefined : identifyProcess(child.pid);
    await started;
    return identity;
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new AppError("internal", `Could not start ${file}: ${why}.`, { cause });
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
