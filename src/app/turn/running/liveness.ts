import type { Agent } from "../../../domain/agent/agent.ts";
import type { OpenTurn } from "../../../stores/file/turns/turns.ts";
import { FileWriters } from "../../../system/processes/file-writers.ts";
import { livenessOf, type ProcessIdentity, standingOf } from "../../../system/processes/identity.ts";
import { readSpool } from "./read-spool.ts";
import { treeOf } from "./stop.ts";

/**
 * Which process still works on a turn.
 *
 * - `caller`: its command runs, whatever the agent does
 * - `agent`: the command is gone, the agent still runs
 * - `elsewhere`: the command ran on another machine or in another container, which can't be checked from here
 * - `nobody`: no process works on it; the turn has to be settled
 */
export type Liveness = "caller" | "agent" | "elsewhere" | "nobody";

/**
 * How long an agent whose wrapper has exited may take after its terminal event, to finish its transcript. A
 * process that runs longer, such as a server that the agent started, does not keep the turn open.
 */
export const CLOSING_MS = 5_000;

export function turnLiveness({ folder, plan }: OpenTurn, agent: Agent): Liveness {
  const starter = livenessOf(plan.caller);
  // Read after the starter's state: a starter that is gone has recorded the attendant by then.
  const attendant = folder.attendant();
  const caller = attendant === undefined ? starter : livenessOf(attendant);
  if (caller === "elsewhere") return "elsewhere";
  if (caller === "alive" && !folder.isLeft()) return "caller";
  const leader = folder.agentProcess();
  if (leader === undefined) return "nobody";
  if (livenessOf(leader) !== "gone") return "agent";
  // A wrapper may exit and leave the real agent running.
  if (new FileWriters(treeOf(plan.turnId, leader), folder.spool().path).left().length === 0) return "nobody";
  if (readSpool(agent, folder.spool()).end === undefined) return "agent";
  const { lastMs = 0 } = folder.output();
  return Math.abs(Date.now() - lastMs) < CLOSING_MS ? "agent" : "nobody";
}

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
