import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, constants, openSync } from "node:fs";
import type { Command } from "../../domain/agent/agent.ts";
import { AppError } from "../../domain/errors.ts";
import type { AgentExit } from "../../domain/turn/turn.ts";
import { identifyProcess, type ProcessIdentity } from "./identity.ts";

const { O_APPEND, O_NOFOLLOW, O_RDONLY, O_WRONLY } = constants;

/**
 * Waits for a line on descriptor 3, writes a mark to descriptor 4 and becomes the agent. If the line never
 * comes, or the mark can't be written, nothing runs, and the mark is missing.
 */
const GATE = 'read -r _ <&3 || exit 125; echo >&4 || exit 125; exec "$@" 3<&- 4>&-';

export interface GatedSpawn {
  cwd: string;
  env: Record<string, string | undefined>;
  /** Existing files: the child reads the first as its standard input and appends to the others. */
  stdinPath: string;
  stdoutPath: string;
  stderrPath: string;
  /** An existing, empty file that gets a mark when the gate opens. */
  markPath: string;
}

export interface GatedProcess {
  identity: ProcessIdentity;
  /** Lets the agent start. Nothing of it has run before this call. */
  open(): void;
  /** Resolves when the leader has exited, even if other processes still hold its files. */
  exited: Promise<AgentExit>;
  /** Never opens the gate: the agent does not start. */
  giveUp(): void;
}

/**
 * Starts a command behind a gate, as leader of its own session and process group. The caller first records
 * the identity, then opens the gate: so the process does nothing before it is on record.
 */
export async function spawnGated(
  command: Pick<Command, "file" | "args">,
  options: GatedSpawn,
): Promise<GatedProcess> {
  const descriptors = [
    openSync(options.stdinPath, O_RDONLY | O_NOFOLLOW),
    openSync(options.stdoutPath, O_WRONLY | O_APPEND | O_NOFOLLOW),
    openSync(options.stderrPath, O_WRONLY | O_APPEND | O_NOFOLLOW),
    openSync(options.markPath, O_WRONLY | O_APPEND | O_NOFOLLOW),
  ] as const;
  let child: ChildProcess;
  try {
    child = spawn("/bin/sh", ["-c", GATE, "sh", command.file, ...command.args], {
      cwd: options.cwd,
      env: options.env,
      detached: true,
      stdio: [...descriptors.slice(0, 3), "pipe", descriptors[3]],
    });
  } finally {
    for (const descriptor of descriptors) closeSync(descriptor);
  }
  const exited = new Promise<AgentExit>((resolve) => {
    child.on("exit", (code, signal) => {
      resolve({ ...(code === null ? {} : { code }), ...(signal === null ? {} : { signal }) });
    });
  });
  const identity = child.pid === undefined ? undefined : identifyProcess(child.pid);
  if (identity === undefined) throw await failureOf(child, command, options.cwd);
  const gate = child.stdio[3];
  if (gate === null || gate === undefined || !("end" in gate)) throw new Error("the gate has no pipe");
  // The gate is closed once the agent runs; an error of a write after that is expected.
  gate.on("error", () => undefined);
  return {
    identity,
    open: () => gate.end("go\n"),
    exited,
    giveUp: () => gate.destroy(),
  };
}

function failureOf(child: ChildProcess, command: Pick<Command, "file">, cwd: string): Promise<AppError> {
  return new Promise((resolve) => {
    child.on("error", (cause) => {
      const message = `Could not start ${command.file} in ${cwd}: ${cause.message}.`;
      resolve(new AppError("agent_failed", message, { cause }));
    });
  });
}
