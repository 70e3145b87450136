import type { Agent } from "../../domain/agent/agent.ts";
import { TokensTold } from "../../domain/budget/tokens-told.ts";
import type { TurnProgress } from "../../domain/runner.ts";
import { type Activity, ActivityWatch } from "../../domain/turn/activity.ts";
import type { Spool } from "../../stores/file/turns/folder.ts";
import type { OpenTurn } from "../../stores/file/turns/turns.ts";
import { readLines, readTail } from "../../system/lines/read.ts";
import { livenessOf } from "../../system/processes/identity.ts";
import type { Context } from "../context.ts";
import { eventsIn } from "../turn/running/read-spool.ts";

/** How much of the end of an agent's output is read to see what it does now. */
const TAIL_BYTES = 64 * 1024;

/** Of longer outputs the tokens are not added up: whoever looks asks again and again. */
const MOST_COUNTED_BYTES = 4 * 1024 * 1024;

/** Returns what a turn that has begun does now, as far as its output shows it. */
export function progressOf(context: Context, { folder, plan }: OpenTurn): TurnProgress {
  const agent = context.findAgent(plan.scope.agent);
  const spool = folder.spool();
  const leader = folder.agentProcess();
  const { bytes = 0, lastMs } = folder.output();
  const beganMs = folder.begunMs() ?? Date.parse(plan.startedAt);
  const silentMs = context.now().getTime() - Math.max(lastMs ?? 0, beganMs);
  return {
    lastOutputAt: lastMs === undefined ? undefined : new Date(lastMs).toISOString(),
    outputBytes: bytes,
    doing: lookAtEnd(agent, spool.path, Math.min(TAIL_BYTES, bytes)),
    tokens: bytes > MOST_COUNTED_BYTES ? undefined : tokensIn(agent, spool),
    isStalled: plan.stallMs !== undefined && silentMs > plan.stallMs,
    isLeftBehind: leader !== undefined && livenessOf(leader) === "gone",
  };
}

/** Returns what the agent is doing, by the end of its output. */
function lookAtEnd(agent: Agent, path: string, tailBytes: number): Activity | undefined {
  const watch = new ActivityWatch();
  for (const events of eventsIn(agent, readTail(path, tailBytes)))
    for (const event of events) watch.take(event);
  return watch.now.what === "starting" ? undefined : watch.now;
}

/** Returns how many tokens the answers of a turn have used so far; undefined where none are told. */
function tokensIn(agent: Agent, { path, from }: Pick<Spool, "path" | "from">): number | undefined {
  const told = new TokensTold();
  for (const events of eventsIn(agent, readLines(path, from), (type) => type === "usage"))
    for (const event of events) told.add(event);
  return told.tokens === 0 ? undefined : told.tokens;
}
