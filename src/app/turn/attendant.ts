import { AppError } from "../../domain/errors.ts";
import type { TurnFolder } from "../../stores/file/turns/folder.ts";
import type { QueuedTurn } from "../../stores/file/turns/turns.ts";
import { startInBackground } from "../../system/processes/background.ts";
import type { Context } from "../context.ts";
import { detachedChain } from "./chain.ts";

/** The sub-command by which this program attends to a turn. */
export const ATTEND = "attend-turn";

/** Starts the attendant of an accepted turn, in the turn's place in the queue. */
export async function attendInLine(context: Context, { folder, accepted }: QueuedTurn): Promise<void> {
  const { turnId, cwd, arrival, calledBy, acceptedAt: since, scope, sessionId } = accepted;
  const process = await startAttendant(context, turnId, cwd, folder);
  const { queue } = context.store.session({ agent: scope.agent, sessionId });
  await queue.join({ turnId, arrival, calledBy, process, since });
  folder.saveAttendant(process);
}

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
  // The attendant belongs to its own turn, not to a turn that this process may run in: ending that turn must
  // not end the attendant.
  const env = {
    ...context.env,
    ...Object.fromEntries(context.agents.map(({ sessionVariable = "" }) => [sessionVariable, undefined])),
    AGENT_SESSIONS_TURN: undefined,
    AGENT_SESSIONS_CHAIN: detachedChain(context.env),
  };
  const logPath = folder.attendantLogPath;
  return startInBackground([...program, ATTEND, turnId], { cwd, env, logPath });
}
