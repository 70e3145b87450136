import type { OpenTurn } from "../../../stores/file/turns/turns.ts";
import { type ProcessIdentity, standingOf } from "../../../system/processes/identity.ts";

/**
 * The process that sees to a turn, where it was stopped, as Ctrl-Z does. It keeps its locks and can neither end the agent
 * nor write down how the turn ended; whoever meets the turn does the one, and leaves the other to it.
 */
export function suspendedCaller({ folder, plan }: OpenTurn): ProcessIdentity | undefined {
  const process = folder.attendant() ?? plan.caller;
  return standingOf(process) === "suspended" && !folder.isLeft() ? process : undefined;
}

/** For people: why a turn does not come to its end. */
export function suspendedNote({ pid }: ProcessIdentity): string {
  return `The command that sees to it is stopped (process ${pid}): its end is written down when that goes on, by fg or kill -CONT ${pid}, or is gone.`;
}
