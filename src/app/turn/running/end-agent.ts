import type { Agent } from "../../../domain/agent/agent.ts";
import type { ProcessIdentity } from "../../../system/processes/identity.ts";
import { endTree, type Tree } from "../../../system/processes/tree.ts";
import type { Context } from "../../context.ts";

/** How long an agent may take to end cleanly before it is killed. Claude 2.1.329 cleans its tools in 1.4 s. */
const GRACE_MS = 3_000;

/** Everything that the agent of a turn has started: each process has the turn in its environment. */
export function treeOf(turnId: string, leader: ProcessIdentity): Tree {
  return { leader, mark: `AGENT_SESSIONS_TURN=${turnId}` };
}

/**
 * Ends the agent of a turn with everything it has started, wherever that is, in 4.5 s at the latest. Tells
 * people of what could not be ended.
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
