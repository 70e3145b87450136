import { spawn } from "node:child_process";
import { closeSync, constants } from "node:fs";
import type { Socket } from "node:net";
import type { Writable } from "node:stream";
import { AppError } from "../../domain/errors.ts";
import type { AgentExit } from "../../domain/turn/turn.ts";
import { openPrivate } from "../files/write.ts";
import { identifyProcess, type ProcessIdentity } from "./identity.ts";

const { O_APPEND, O_CREAT, O_NOFOLLOW, O_WRONLY } = constants;

/** A process that is told what to do line by line, and whose output is a file. */
export interface WarmProcess {
  identity: ProcessIdentity;
  /** Resolves once the line is in the pipe, or the process has closed it. */
  write(line: string): Promise<void>;
  /** Ends its standard input. The same happens when this process ends, however it does. */
  endInput(): void;
  exited: Promise<AgentExit>;
  /** Whether this process lives at least as long as the other one. */
  hold(isHeld: boolean): void;
}

/**
 * Starts a process as leader of its own session and process group. Its standard input is a pipe of this process, which
 * alone holds it: if this process is killed, the other one reads the end of its input.
 *
 * @throws AppError `agent_failed`
 */
export async function startWarm(
  { file, args }: { file: string; args: readonly string[] },
  options: {
    cwd: string;
    env: Record<string, string | undefined>;
    /** Both are created, or appended to. */
    stdoutPath: string;
    stderrPath: string;
  },
): Promise<WarmProcess> {
  const { cwd, env } = options;
  const flags = O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW;
  const descriptors: number[] = [];
  const child = (() => {
    try {
      for (const path of [options.stdoutPath, options.stderrPath]) descriptors.push(openPrivate(path, flags));
      return spawn(file, args, { cwd, env, detached: true, stdio: ["pipe", ...descriptors] });
    } finally {
      for (const descriptor of descriptors) closeSync(descriptor);
    }
  })();
  const failure = new Promise<Error>((resolve) => child.on("error", resolve));
  const exited = new Promise<AgentExit>((resolve) => {
    child.on("exit", (code, signal) => {
      resolve({ ...(code === null ? {} : { code }), ...(signal === null ? {} : { signal }) });
    });
  });
  const identity = child.pid === undefined ? undefined : identifyProcess(child.pid);
  if (identity === undefined) {
    const cause = await Promise.race([failure, exited.then(() => new Error("it exited at once"))]);
    throw new AppError("agent_failed", `Could not start ${file} in ${cwd}: ${cause.message}.`, { cause });
  }
  const { stdin } = child;
  if (!isPipe(stdin)) throw new Error("the process has no pipe");
  // The process may have exited; then its exit tells more.
  stdin.on("error", () => undefined);
  const hold = (isHeld: boolean) => {
    if (isHeld) child.ref();
    else child.unref();
  };
  stdin.unref();
  hold(false);
  return {
    identity,
    write: (line) => new Promise((resolve) => stdin.write(line, () => resolve())),
    endInput: () => stdin.end(),
    exited,
    hold,
  };
}

/** Tells without the class: to load `node:net` for it would cost each start 1 ms. */
function isPipe(stream: Writable | null): stream is Socket {
  return stream !== null && "unref" in stream;
}
