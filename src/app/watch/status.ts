import type { Agent } from "../../domain/agent/agent.ts";
import { type Activity, ActivityWatch } from "../../domain/turn/activity.ts";
import type { AcceptedTurn } from "../../stores/file/turns/accepted.ts";
import type { OpenTurn, QueuedTurn } from "../../stores/file/turns/turns.ts";
import { readTail } from "../../system/lines/read.ts";
import { asProcessIdentity, livenessOf } from "../../system/processes/identity.ts";
import type { Context } from "../context.ts";
import { namedTurn, TurnNames } from "../names/of-turns.ts";
import { resolveName } from "../names/resolve.ts";
import { type OpenWindow, windowsOf } from "../turn/open-windows.ts";
import { suspendedCaller, suspendedNote } from "../turn/running/liveness.ts";
import { eventsIn } from "../turn/running/read-spool.ts";
import { type RunningTurn, sessionIdOf, settleTurns } from "../turn/settle.ts";

/** How much of the end of an agent's output is read to see what it does now. */
const TAIL_BYTES = 64 * 1024;

/**
 * Why a conversation is not free.
 *
 * - `running`: its command or its attendant runs it
 * - `unattended`: its command is gone, the agent still runs
 * - `answered`: the agent has reported the end of the turn, but does not exit
 * - `left_behind`: the agent has exited, but processes that it started still have its output open
 * - `elsewhere`: it runs on another machine or in another container
 * - `unsettled`: it has ended, but its end could not be recorded
 * - `queued`: accepted to run in the background, and not begun yet
 * - `waiting`: a command waits for the conversation with a turn that has not begun
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
  /** Absent for a waiting command: it has no turn yet, and can be ended like any process. */
  turnId?: string | undefined;
  /** Absent for a conversation that is continued by its id only. */
  name?: string | undefined;
  agent: string;
  /** Absent while a new conversation has none. */
  sessionId?: string | undefined;
  workspace: string;
  reason: BusyReason;
  /** ISO 8601. */
  since: string;
  calledBy?: string | undefined;
  /** The agent's process, or the command that waits; absent while there is none. */
  pid?: number | undefined;
  /** When the agent last wrote output; absent before the first output. */
  lastOutputAt?: string | undefined;
  outputBytes: number;
  /** What the agent does, as far as its output shows it. */
  doing?: Activity | undefined;
  deadlineAt?: string | undefined;
  /** Whether the agent has been silent for longer than the caller's `stallMs`. */
  isStalled: boolean;
  /** Why its end can't be recorded. */
  problem?: string | undefined;
}

/** What is known of a turn whose agent has not begun. */
const NOT_BEGUN = {
  pid: undefined,
  lastOutputAt: undefined,
  outputBytes: 0,
  doing: undefined,
  deadlineAt: undefined,
  isStalled: false,
  problem: undefined,
};

export interface StatusRequest {
  /** Without one: everything of this user. */
  workspace: string | undefined;
  name?: string | undefined;
  agent?: string | undefined;
}

/** What keeps conversations busy. */
export interface Status {
  /** Running turns first, then queued turns, then waiting commands. */
  turns: TurnStatus[];
  /** Without a workspace, only windows that `open` has opened. */
  windows: OpenWindow[];
}

/**
 * Returns what keeps conversations busy now.
 *
 * @throws AppError `no_such_name` for a name that does not exist and has no turns
 */
export async function status(context: Context, request: StatusRequest): Promise<Status> {
  const { workspace, name, agent } = request;
  const names = workspace === undefined ? undefined : await TurnNames.of(context, workspace, agent);
  const nameOf = (turn: OpenTurn | QueuedTurn) => {
    const sent = namedTurn(turn);
    return names === undefined ? sent.name : names.nameNow(sent);
  };
  const isMeant = (turn: OpenTurn | QueuedTurn) => {
    const { scope } = namedTurn(turn);
    return (
      (workspace === undefined || scope.workspace === workspace) &&
      (agent === undefined || scope.agent === agent) &&
      (name === undefined || nameOf(turn) === name)
    );
  };
  const settled = await settleTurns(context, isMeant);
  const running = settled.running.map((turn) => statusOf(context, turn, nameOf(turn)));
  const queued = settled.queued.map((turn) => statusOfQueued(turn.accepted, nameOf(turn)));
  const turns = [...running, ...queued];
  const accepted = new Set(settled.queued.map((turn) => turn.accepted.turnId));
  const leaders = running.flatMap(({ pid }) => pid ?? []);
  const windows = await windowsOf(context, request, leaders);
  // A command may wait for a turn or for a window.
  for (const holder of [...running, ...windows]) turns.push(...(await waitersOf(context, holder, accepted)));
  if (turns.length === 0 && workspace !== undefined && name !== undefined)
    await resolveName(context, workspace, name, agent);
  return { turns, windows };
}

function statusOfQueued(accepted: AcceptedTurn, name: string = accepted.name): TurnStatus {
  const { turnId, scope, cwd, sessionId, acceptedAt, calledBy, deadlineAt } = accepted;
  return {
    turnId,
    name,
    agent: scope.agent,
    sessionId,
    workspace: cwd,
    reason: "queued",
    since: acceptedAt,
    calledBy,
    ...NOT_BEGUN,
    deadlineAt,
  };
}

/** Returns the commands that wait for a busy conversation. */
async function waitersOf(
  context: Context,
  holder: Pick<TurnStatus, "name" | "agent" | "workspace" | "sessionId"> & { kind?: OpenWindow["kind"] },
  accepted: ReadonlySet<string>,
): Promise<TurnStatus[]> {
  const { name, agent, workspace, sessionId } = holder;
  if (sessionId === undefined) return [];
  const { lock, queue } = context.store.session({ agent, sessionId });
  const waiters = await queue.waiting();
  // A command that waits for a foreign turn holds the conversation's lock already, so it is no longer in the
  // queue.
  const held = holder.kind === "turn" ? await lock.state() : undefined;
  const first = held?.state === "held" ? [{ calledBy: undefined, ...held.holder }] : [];
  return [...first, ...waiters]
    .filter(({ turnId }) => !accepted.has(turnId))
    .map(({ since, calledBy, process }) => ({
      turnId: undefined,
      name,
      agent,
      sessionId,
      workspace,
      reason: "waiting",
      since,
      calledBy,
      ...NOT_BEGUN,
      pid: asProcessIdentity(process)?.pid,
    }));
}

function statusOf(context: Context, turn: RunningTurn, name: string | undefined): TurnStatus {
  const { folder, plan, liveness, problem } = turn;
  const { turnId, scope, cwd, startedAt, calledBy, deadlineAt, stallMs } = plan;
  const leader = folder.agentProcess();
  const { bytes = 0, lastMs } = folder.output();
  const suspended = liveness === "caller" ? suspendedCaller(turn) : undefined;
  const trouble = problem?.message ?? (suspended && suspendedNote(suspended));
  const doing = lookAtEnd(context.findAgent(scope.agent), folder.stdoutPath);
  const isLeaderGone = liveness === "agent" && leader !== undefined && livenessOf(leader) === "gone";
  const silentMs = context.now().getTime() - Math.max(lastMs ?? 0, folder.begunMs() ?? Date.parse(startedAt));
  return {
    turnId,
    name,
    agent: scope.agent,
    sessionId: sessionIdOf(turn),
    workspace: cwd,
    reason: reasonOf(liveness, suspended === undefined && doing?.what === "finishing", isLeaderGone),
    since: startedAt,
    calledBy,
    pid: leader?.pid,
    lastOutputAt: lastMs === undefined ? undefined : new Date(lastMs).toISOString(),
    outputBytes: bytes,
    doing,
    deadlineAt,
    isStalled: stallMs !== undefined && silentMs > stallMs,
    problem: trouble,
  };
}

function reasonOf(liveness: RunningTurn["liveness"], hasEnded: boolean, isLeaderGone: boolean): BusyReason {
  if (liveness === "elsewhere" || liveness === "unsettled") return liveness;
  if (isLeaderGone) return "left_behind";
  if (hasEnded) return "answered";
  return liveness === "caller" ? "running" : "unattended";
}

/** Returns what the agent is doing, by the end of its output. */
function lookAtEnd(agent: Agent, path: string): Activity | undefined {
  const watch = new ActivityWatch();
  for (const events of eventsIn(agent, readTail(path, TAIL_BYTES)))
    for (const event of events) watch.take(event);
  return watch.now.what === "starting" ? undefined : watch.now;
}
