import type { Agent } from "../../../domain/agent/agent.ts";
import type { ProcessIdentity } from "../../../system/processes/identity.ts";
import { endTree, type Tree } from "../../../system/processes/tree.ts";
import type { Context } from "../../context.ts";

/**
 * How long an agent may take to end cleanly before it is killed. Claude 2.1.329 needs 1.4 s to end its tools.
 */
const GRACE_MS = 3_000;

/** All processes that the agent of a turn has started: each has the turn's id in its environment. */
export function treeOf(turnId: string, leader: ProcessIdentity): Tree {
  return { leader, mark: `AGENT_SESSIONS_TURN=${turnId}` };
}

/**
 * Ends the agent of a turn with all processes it has started, in any process group, within 4.5 s. Notifies
 * about processes that could not be ended.
 */
export async function endAgent(
  context: Context,
  agent: Agent,
  turnId: string,
  leader: ProcessIdentity,
  hurry?: AbortSignal,
): Promise<void> {
  const left = await endTree(treeOf(turnId, leader), {
    gentle: agent.gentleSignal,
    graceMs: GRACE_MS,
    hurry,
  });
  if (left.length === 0) return;
  const pids = left.map(({ pid }) => pid).join(" ");
  context.notify(`Some processes of turn ${turnId} could not be ended: ${pids}.`);
}
