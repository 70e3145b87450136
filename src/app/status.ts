import { statSync } from "node:fs";
import { type Activity, ActivityWatch } from "../domain/activity.ts";
import type { Agent } from "../domain/agent.ts";
import type { NameScope } from "../domain/name.ts";
import type { TurnFolder } from "../stores/turn-folder.ts";
import { livenessOf } from "../system/process-identity.ts";
import { readTail } from "../system/read-lines.ts";
import type { Context } from "./context.ts";
import { eventsOfLine } from "./read-spool.ts";
import { type RunningTurn, sessionIdOf, settleTurns } from "./settle.ts";

/** So much of the end of an agent's output is read to see what it does now. */
const TAIL_BYTES = 64 * 1024;

/**
 * Why a conversation is not free.
 *
 * - `running`: its command, or its process in the background, sees to it
 * - `unattended`: its command is gone, the agent goes on
 * - `answered`: the agent has said its last word and does not exit
 * - `left_behind`: the agent has exited, but not what it started, and there was no last word
 * - `elsewhere`: it runs on another machine or in another container
 * - `unsettled`: it has ended, and that can't be written down
 * - `queued`: accepted to run in the background, and others are before it
 * - `waiting`: a command waits with it for the conversation
 */
export type BusyReason =
  | "running"
  | "unattended"
  | "answered"
  | "left_behind"
  | "elsewhere"
  | "unsettled"
  | "queued"
  | "waiting";

/** A turn that keeps a conversation busy, or will. */
export interface TurnStatus {
  turnId: string;
  /** Absent for a conversation that is continued by its id alone. */
  name?: string;
  agent: string;
  workspace: string;
  /** Absent while a new conversation has none. */
  sessionId?: string;
  reason: BusyReason;
  /** ISO 8601. */
  since: string;
  calledBy?: string;
  /** The agent's process; absent while there is none. */
  pid?: number;
  /** When the agent last wrote something; absent as long as it has not. */
  lastOutputAt?: string;
  outputBytes: number;
  /** What the agent does, as far as it tells. */
  doing?: Activity;
  deadlineAt?: string;
  /** Whether the agent is silent for longer than its caller wanted. */
  isStalled: boolean;
  problem?: string;
}

/** All turns of a workspace, or of this user, that have not ended: those that run first, then the line. */
export async function status(
  context: Context,
  request: { workspace: string | undefined; name?: string | undefined; agent?: string | undefined },
): Promise<TurnStatus[]> {
  const { workspace, name, agent } = request;
  const isMeant = (scope: NameScope, of: string | undefined) =>
    (workspace === undefined || scope.workspace === workspace) &&
    (agent === undefined || scope.agent === agent) &&
    (name === undefined || of === name);
  const settled = await settleTurns(context, ({ plan }) => isMeant(plan.scope, plan.name));
  const queued = settled.queued
    .map(({ accepted }) => accepted)
    .filter(({ scope, name: of }) => isMeant(scope, of))
    .sort((left, right) => (left.arrival < right.arrival ? -1 : 1))
    .map(
      (accepted): TurnStatus => ({
        turnId: accepted.turnId,
        name: accepted.name,
        agent: accepted.scope.agent,
        workspace: accepted.cwd,
        sessionId: accepted.sessionId,
        reason: "queued",
        since: accepted.acceptedAt,
        calledBy: accepted.calledBy,
        outputBytes: 0,
        isStalled: false,
        ...(accepted.deadlineAt === undefined ? {} : { deadlineAt: accepted.deadlineAt }),
      }),
    );
  const running = settled.running.map((turn) => statusOf(context, turn));
  const known = new Set(queued.map(({ turnId }) => turnId));
  const waiting: TurnStatus[] = [];
  for (const turn of running) {
    if (turn.sessionId === undefined) continue;
    const { queue } = context.store.session({ agent: turn.agent, sessionId: turn.sessionId });
    for (const { turnId, since, calledBy } of await queue.waiting()) {
      if (known.has(turnId) || turnId === turn.turnId) continue;
      const { agent: of, workspace: place, sessionId } = turn;
      waiting.push({
        ...(turn.name === undefined ? {} : { name: turn.name }),
        turnId,
        agent: of,
        workspace: place,
        sessionId,
        reason: "waiting",
        since,
        calledBy,
        outputBytes: 0,
        isStalled: false,
      });
    }
  }
  return [...running, ...queued, ...waiting];
}

function statusOf(context: Context, turn: RunningTurn): TurnStatus {
  const { folder, plan, liveness, problem } = turn;
  const { turnId, name, scope, cwd, startedAt, calledBy, deadlineAt, stallMs } = plan;
  const sessionId = sessionIdOf(turn);
  const leader = folder.agentProcess();
  const { bytes, lastMs } = outputOf(folder);
  const doing = lookAtEnd(context.findAgent(scope.agent), folder.stdoutPath);
  const isLeaderGone = liveness === "agent" && leader !== undefined && livenessOf(leader) === "gone";
  const silentMs = context.now().getTime() - (lastMs ?? Date.parse(startedAt));
  return {
    turnId,
    ...(name === undefined ? {} : { name }),
    agent: scope.agent,
    workspace: cwd,
    ...(sessionId === undefined ? {} : { sessionId }),
    reason: reasonOf(liveness, doing?.what === "finishing", isLeaderGone),
    since: startedAt,
    ...(calledBy === undefined ? {} : { calledBy }),
    ...(leader === undefined ? {} : { pid: leader.pid }),
    ...(lastMs === undefined ? {} : { lastOutputAt: new Date(lastMs).toISOString() }),
    outputBytes: bytes,
    ...(doing === undefined ? {} : { doing }),
    ...(deadlineAt === undefined ? {} : { deadlineAt }),
    isStalled: stallMs !== undefined && silentMs > stallMs,
    ...(problem === undefined ? {} : { problem: problem.message }),
  };
}

function reasonOf(liveness: RunningTurn["liveness"], hasEnded: boolean, isLeaderGone: boolean): BusyReason {
  if (liveness === "elsewhere" || liveness === "unsettled") return liveness;
  if (isLeaderGone) return "left_behind";
  if (hasEnded) return "answered";
  return liveness === "caller" ? "running" : "unattended";
}

function outputOf({ stdoutPath, stderrPath }: TurnFolder): { bytes: number; lastMs: number | undefined } {
  const found = [stdoutPath, stderrPath].flatMap((path) => statSync(path, { throwIfNoEntry: false }) ?? []);
  const written = found.filter(({ size }) => size > 0).map(({ mtimeMs }) => mtimeMs);
  return {
    bytes: found.reduce((sum, { size }) => sum + size, 0),
    lastMs: written.length === 0 ? undefined : Math.max(...written),
  };
}

/** What the end of an agent's output says it is doing. */
function lookAtEnd(agent: Agent, path: string): Activity | undefined {
  const watch = new ActivityWatch();
  for (const line of readTail(path, TAIL_BYTES))
    for (const event of eventsOfLine(agent, line)) watch.take(event);
  return watch.now.what === "starting" ? undefined : watch.now;
}
