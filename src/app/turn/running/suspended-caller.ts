import type { OpenTurn } from "../../../stores/file/turns/turns.ts";
import { type ProcessIdentity, standingOf } from "../../../system/processes/identity.ts";

/**
 * Returns the process that runs a turn, if it is suspended, as by Ctrl-Z. It keeps its locks, and can neither
 * end the agent nor record the turn's end. Another command that finds the turn ends the agent, but leaves the
 * recording to this process.
 */
export function suspendedCaller({ folder, plan }: OpenTurn): ProcessIdentity | undefined {
  const process = folder.attendant() ?? plan.caller;
  return standingOf(process) === "suspended" && !folder.isLeft() ? process : undefined;
}

/** Explains to people why the turn's end is not recorded yet. */
export function suspendedNote({ pid }: ProcessIdentity): string {
  return `The command that sees to it is stopped (process ${pid}): its end is written down when that goes on, by fg or kill -CONT ${pid}, or is gone.`;
}
