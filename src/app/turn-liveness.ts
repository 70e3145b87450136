import type { Agent } from "../domain/agent.ts";
import type { OpenTurn } from "../stores/turns.ts";
import { livenessOf } from "../system/process-identity.ts";
import { hasGroupLeft } from "../system/process-tree.ts";
import { markOf } from "./end-agent.ts";
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
  const starter = livenessOf(plan.caller);
  // Looked for after its starter was: one that is gone by now has said whom it left the turn to.
  const attendant = folder.attendant();
  const caller = attendant === undefined ? starter : livenessOf(attendant);
  if (caller === "elsewhere") return "elsewhere";
  if (caller === "alive" && !folder.isLeft()) return "caller";
  const leader = folder.agentProcess();
  if (leader === undefined) return "nobody";
  if (livenessOf(leader) !== "gone") return "agent";
  if (!hasGroupLeft({ leader, mark: markOf(plan.turnId) })) return "nobody";
  // What an agent leaves behind after its last word, such as a server it started, holds nothing.
  return readSpool(agent, folder.stdoutPath).end === undefined ? "agent" : "nobody";
}
