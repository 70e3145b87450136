import type { Agent } from "../../../domain/agent/agent.ts";
import type { OpenTurn } from "../../../stores/file/turns/turns.ts";
import { FileWriters } from "../../../system/processes/file-writers.ts";
import { livenessOf } from "../../../system/processes/identity.ts";
import { treeOf } from "./end-agent.ts";
import { readSpool } from "./read-spool.ts";

/**
 * Who still works on a turn.
 *
 * - `caller`: its command runs, whatever the agent does
 * - `agent`: the command is gone, the agent goes on
 * - `elsewhere`: it belongs to a machine or container that can't be looked into
 * - `nobody`: the turn is over and has to be settled
 */
export type Liveness = "caller" | "agent" | "elsewhere" | "nobody";

/**
 * How long an agent that its wrapper has left may take after its last word, to write its transcript to the end. What
 * runs on for longer, such as a server that it started, holds nothing.
 */
export const CLOSING_MS = 5_000;

export function turnLiveness({ folder, plan }: OpenTurn, agent: Agent): Liveness {
  const starter = livenessOf(plan.caller);
  // Looked for after its starter was: one that is gone by now has said whom it left the turn to.
  const attendant = folder.attendant();
  const caller = attendant === undefined ? starter : livenessOf(attendant);
  if (caller === "elsewhere") return "elsewhere";
  if (caller === "alive" && !folder.isLeft()) return "caller";
  const leader = folder.agentProcess();
  if (leader === undefined) return "nobody";
  if (livenessOf(leader) !== "gone") return "agent";
  // A wrapper may leave the real agent running behind it.
  if (new FileWriters(treeOf(plan.turnId, leader), folder.stdoutPath).left().length === 0) return "nobody";
  if (readSpool(agent, folder.stdoutPath).end === undefined) return "agent";
  const { lastMs = 0 } = folder.output();
  return Math.abs(Date.now() - lastMs) < CLOSING_MS ? "agent" : "nobody";
}
