import type { TurnProgress } from "../../domain/runner.ts";
import type { OpenTurn } from "../../stores/file/turns/turns.ts";
import { readLines, readTail } from "../../system/lines/read.ts";
import { livenessOf } from "../../system/processes/identity.ts";
import type { Context } from "../context.ts";
import { doingBy, tokensBy } from "../turn/running/doing.ts";

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
    doing: doingBy(agent, readTail(spool.path, Math.min(TAIL_BYTES, bytes))),
    isStalled: plan.stallMs !== undefined && silentMs > plan.stallMs,
    isLeftBehind: leader !== undefined && livenessOf(leader) === "gone",
  };
}

/** Returns the tokens that a turn has used so far; undefined where they aren't told, or its output is too long. */
export function tokensOf(context: Context, { folder, plan }: OpenTurn): number | undefined {
  const { bytes = 0 } = folder.output();
  if (bytes > MOST_COUNTED_BYTES) return undefined;
  const spool = folder.spool();
  return tokensBy(context.findAgent(plan.scope.agent), readLines(spool.path, spool.from));
}
