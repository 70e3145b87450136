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
  return `The command that runs the turn is stopped (process ${pid}): the end of the turn is recorded when that process continues (fg or kill -CONT ${pid}) or exits.`;
}
