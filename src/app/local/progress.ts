import type { Agent } from "../../domain/agent/agent.ts";
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
export function progressOf(context: Context, turn: OpenTurn, withTokens: boolean): TurnProgress {
  const { folder, plan } = turn;
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
    tokens: withTokens ? tokensOf(agent, turn, bytes) : undefined,
  };
}

function tokensOf(agent: Agent, { folder }: OpenTurn, bytes: number): number | undefined {
  if (bytes > MOST_COUNTED_BYTES) return undefined;
  const { path, from } = folder.spool();
  return tokensBy(agent, readLines(path, from));
}
