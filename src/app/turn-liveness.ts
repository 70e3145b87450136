import type { Agent } from "../domain/agent.ts";
import type { TurnFolder, TurnPlan } from "../stores/turns.ts";
import { groupMembers } from "../system/process-group.ts";
import { isOfThisBoot, livenessOf } from "../system/process-identity.ts";
import { readSpool } from "./read-spool.ts";

/**
 * Who still works on a turn.
 *
 * - `caller`: its command runs, whatever the agent does
 * - `agent`: the command is gone, the agent goes on
 * - `nobody`: the turn is over and has to be settled
 */
export type Liveness = "caller" | "agent" | "nobody";

export function turnLiveness(folder: TurnFolder, plan: TurnPlan, agent: Agent): Liveness {
  if (livenessOf(plan.caller) !== "gone") return "caller";
  const leader = folder.agentProcess();
  if (leader === undefined) return "nobody";
  const liveness = livenessOf(leader);
  if (liveness !== "gone") return "agent";
  if (!isOfThisBoot(leader) || groupMembers(leader.pid).length === 0) return "nobody";
  // What an agent leaves behind after its last word, such as a server it started, holds nothing.
  return readSpool(agent, folder.stdoutPath).end === undefined ? "agent" : "nobody";
}
