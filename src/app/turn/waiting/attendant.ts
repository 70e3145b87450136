import { AppError } from "../../../domain/errors.ts";
import type { TurnFolder } from "../../../stores/file/turns/folder.ts";
import { startInBackground } from "../../../system/processes/background.ts";
import type { Context } from "../../context.ts";
import { detachedChain } from "../chain.ts";

/** The sub-command by which this program attends to a turn. */
export const ATTEND = "attend-turn";

/** Returns the words that start this program. @throws AppError `unsupported` if there are none */
export function requireProgram({ program }: Context): readonly string[] {
  if (program !== undefined) return program;
  throw new AppError(
    "unsupported",
    "Turns can't run in the background here: the command line is not installed.",
  );
}

/**
 * Starts the attendant of a turn. It does nothing until it is on record as the attendant: a turn whose caller
 * was not told of it never runs.
 */
export async function startAttendant(context: Context, turnId: string, cwd: string, folder: TurnFolder) {
  const program = requireProgram(context);
  const env = environmentOfAttendant(context);
  const logPath = folder.attendantLogPath;
  return startInBackground([...program, ATTEND, turnId], { cwd, env, logPath });
}

/**
 * Returns the environment of a process that runs turns. It belongs to those turns, not to a turn that this process may
 * run in: ending that one must not end them.
 */
export function environmentOfAttendant({
  env,
  agents,
}: Pick<Context, "env" | "agents">): Record<string, string | undefined> {
  return {
    ...env,
    ...Object.fromEntries(agents.map(({ sessionVariable = "" }) => [sessionVariable, undefined])),
    AGENT_SESSIONS_TURN: undefined,
    AGENT_SESSIONS_CHAIN: detachedChain(env),
  };
}
