import { createHmac } from "node:crypto";
import type { SessionKey } from "../../../domain/session/session.ts";
import { keyOf } from "../../../stores/file/key.ts";
import { confinement } from "../../../system/processes/confinement.ts";
import { programState } from "../../../system/processes/executable.ts";
import { inherited } from "../../../system/processes/inherited.ts";
import type { Context } from "../../context.ts";
import { environmentOfAttendant } from "./attendant.ts";

/** Variables that say where a command was typed, and nothing of what an agent would do. */
const OF_THE_SHELL = new Set(["PWD", "OLDPWD", "SHLVL", "_", "COLUMNS", "LINES"]);

/**
 * Returns which keeper may have the turns that this process accepts for a conversation: the agent must run as if this
 * process had started it. So the environment, the limits and the program are parts of it; its key never leaves the
 * state home. Where limits can't be compared, the keeper is this process's own.
 */
export function keeperIdOf(context: Context, { agent, sessionId }: SessionKey): string {
  const { home, program = [] } = context;
  const self = context.self();
  // What the keeper itself is started with: a process that was started so has the same keeper as who started it.
  const env = environmentOfAttendant(context);
  const variables = Object.keys(env)
    .filter((name) => env[name] !== undefined && !OF_THE_SHELL.has(name))
    .sort()
    .map((name) => [name, env[name]]);
  const limits = confinement();
  const isComparable = limits !== "" && limits !== "unknown";
  const own = isComparable ? "" : [self.boot, self.pid, self.start];
  const parts = [agent, sessionId, program, stateOf(program), variables, limits, inherited(), own];
  return createHmac("sha256", keyOf(home)).update(JSON.stringify(parts)).digest("hex");
}

/** Returns another text once the files of a program have been changed or removed. */
export function stateOf(program: readonly string[]): string {
  return JSON.stringify(program.map((word) => programState(word)));
}
