import { setTimeout as sleep } from "node:timers/promises";
import type { Agent } from "../../../domain/agent/agent.ts";
import type { Folded } from "../../../domain/turn/fold.ts";
import type { AgentExit } from "../../../domain/turn/turn.ts";
import type { TurnPlan } from "../../../stores/file/turns/plan.ts";
import type { OpenTurn } from "../../../stores/file/turns/turns.ts";
import { FileWriters } from "../../../system/processes/file-writers.ts";
import type { ProcessIdentity } from "../../../system/processes/identity.ts";
import type { GatedProcess } from "../../../system/processes/start-gate.ts";
import type { Context } from "../../context.ts";
import type { Stopping } from "../../warm-agents.ts";
import { CLOSING_MS } from "./liveness.ts";
import { treeOf } from "./stop.ts";

/** How long the leader's exit event may take once the leader is gone. */
const EXIT_MS = 200;
const LOOK_MS = 50;

/**
 * Resolves when the turn can produce no more output: its leader has exited, and so has every process that
 * still held the turn's output. A wrapper may leave the real agent running in a session of its own. When the
 * turn is being ended, it resolves only when no process of the turn is left.
 */
export async function turnOver(
  context: Context,
  agent: Agent,
  { folder, plan }: OpenTurn,
  child: Pick<GatedProcess, "identity" | "exited">,
  folded: Folded,
  stop: Stopping,
): Promise<AgentExit> {
  // A leader that we may not kill must not block the command that has ended the turn.
  const exit = await Promise.race([child.exited, stop.over.then(() => sleep<AgentExit>(EXIT_MS, {}))]);
  // Let the reader fold the agent's last output first: it may be reading it just now.
  await new Promise(setImmediate);
  const writers = new FileWriters(treeOf(plan.turnId, child.identity), folder.spool().path);
  let hasTold = false;
  while (folded.end === undefined && stop.failure === undefined) {
    const left = writers.left();
    if (left.length === 0) break;
    if (!hasTold && (exit.signal !== undefined || exit.code !== 0))
      context.notify(leftBehind(context, agent, plan, exit, left));
    hasTold = true;
    await sleep(LOOK_MS);
  }
  const saidMs = performance.now();
  while (stop.failure === undefined && writers.leftOfThese().length > 0) {
    if (performance.now() - saidMs > CLOSING_MS) break;
    await sleep(LOOK_MS);
  }
  await stop.done;
  return exit;
}

/**
 * The notice for a leader that failed without a terminal event while its descendants hold the output open. A
 * wrapper that exits early on purpose exits with 0.
 */
function leftBehind(
  { wording }: Context,
  agent: Agent,
  { name }: TurnPlan,
  { code, signal }: AgentExit,
  left: readonly ProcessIdentity[],
): string {
  const how = signal === undefined ? `exited with code ${code}` : `was killed by ${signal}`;
  const pids = left.map(({ pid }) => pid).join(" ");
  const end = name === undefined ? "" : `; end it with: ${wording.step("cancel", { name })}`;
  return `${agent.title} ${how} without a final event. Processes that it has started still have its output open (process ${pids}), so the turn continues${end}`;
}
