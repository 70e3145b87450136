import type { Agent } from "../domain/agent.ts";
import type { OpenTurn } from "../stores/turns.ts";
import { groupMembers } from "../system/process-group.ts";
import { isOfThisBoot, livenessOf } from "../system/process-identity.ts";
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

export function turnLiveness({ folder, plan }: OpenTurn, agent: Agent): Liveness {
  const caller = livenessOf(folder.attendant() ?? plan.caller);
  if (caller === "elsewhere") return "elsewhere";
  if (caller === "alive" && !folder.isLeft()) return "caller";
  const leader = folder.agentProcess();
  if (leader === undefined) return "nobody";
  if (livenessOf(leader) !== "gone") return "agent";
  if (!isOfThisBoot(leader) || groupMembers(leader).length === 0) return "nobody";
  // What an agent leaves behind after its last word, such as a server it started, holds nothing.
  return readSpool(agent, folder.stdoutPath).end === undefined ? "agent" : "nobody";
}
