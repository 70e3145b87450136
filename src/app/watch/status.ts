import { eachOf, type Workspaces } from "../../domain/names/workspaces.ts";
import type { TurnProgress, UnendedTurn } from "../../domain/runner.ts";
import type { Activity } from "../../domain/turn/activity.ts";
import { asProcessIdentity } from "../../system/processes/identity.ts";
import type { Context } from "../context.ts";
import { TurnNames } from "../names/of-turns.ts";
import { resolveName } from "../names/resolve.ts";
import { type OpenWindow, windowsOf } from "../turn/open-windows.ts";
import { type Keeper, keepersNow } from "./keepers.ts";

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
  /** The tokens that it has used so far, in and out; absent where the agent does not tell them on the way. */
  tokens?: number | undefined;
  /** The worker that runs it, on whatever machine; absent for a turn of this one. */
  worker?: string | undefined;
}

/** What is known of a turn whose agent has not begun. */
const NOT_BEGUN: Omit<TurnProgress, "isLeftBehind"> &
  Pick<TurnStatus, "pid" | "deadlineAt" | "problem" | "tokens"> = {
  pid: undefined,
  lastOutputAt: undefined,
  outputBytes: 0,
  doing: undefined,
  deadlineAt: undefined,
  isStalled: false,
  problem: undefined,
  tokens: undefined,
};

export interface StatusRequest {
  workspace: Workspaces;
  name?: string | undefined;
  agent?: string | undefined;
}

/** What keeps conversations busy. */
export interface Status {
  /** Running turns first, then queued turns, then waiting commands. */
  turns: TurnStatus[];
  /** Without a workspace, only windows that `open` has opened. */
  windows: OpenWindow[];
  /** The processes that keep detached turns. */
  keepers: Keeper[];
}

/**
 * Returns what keeps conversations busy now.
 *
 * @throws AppError `no_such_name` for a name that does not exist and has no turns
 */
export async function status(context: Context, request: StatusRequest): Promise<Status> {
  const { workspace, name, agent } = request;
  const folders = workspace === undefined ? [] : eachOf(workspace);
  const names = new Map<string, TurnNames>();
  for (const folder of folders) names.set(folder, await TurnNames.of(context, folder, agent));
  const nameOf = (turn: UnendedTurn) => {
    const known = names.get(turn.scope.workspace);
    return known === undefined ? turn.name : known.nameNow(turn);
  };
  const unended = await context.runner.unended({ workspace, agent });
  const meant = unended.filter((turn) => name === undefined || nameOf(turn) === name);
  const turns: TurnStatus[] = [];
  const whyWaiting = reasonsIn(context);
  for (const turn of meant) turns.push(await statusOf(context, turn, nameOf(turn), whyWaiting));
  const running = turns.filter(({ reason }) => reason !== "queued");
  const accepted = new Set(meant.flatMap(({ state, turnId }) => (state === "queued" ? turnId : [])));
  const leaders = running.flatMap(({ pid }) => pid ?? []);
  // A worker may be on this machine, where its agent is a program like any other.
  const ofWorkers = new Set(
    running.flatMap(({ worker, sessionId }) => (worker === undefined ? [] : sessionId)),
  );
  const windows = (await windowsOf(context, request, leaders)).filter(
    ({ kind, sessionId }) => kind !== "turn" || !ofWorkers.has(sessionId),
  );
  // A command may wait for a turn or for a window.
  for (const holder of [...running, ...windows]) turns.push(...(await waitersOf(context, holder, accepted)));
  const [nearest] = folders;
  if (turns.length === 0 && nearest !== undefined && name !== undefined)
    await resolveName(context, nearest, name, agent);
  return { turns, windows, keepers: keepersNow(context, request) };
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

/**
 * Returns what tells why a turn waits. Whether a worker takes it is the same for all of its agent and folder: of a long line,
 * that is asked once.
 */
function reasonsIn({ line, runner }: Context): (turn: UnendedTurn) => Promise<string | undefined> {
  const asked = new Map<string, Promise<string | undefined>>();
  return async ({ turnId, state, waitsBecause, scope }) => {
    if (line === undefined || state !== "queued" || waitsBecause !== undefined) return waitsBecause;
    const place = JSON.stringify([scope.agent, scope.workspace]);
    const reason = asked.get(place) ?? runner.whyWaiting(turnId);
    asked.set(place, reason);
    return reason;
  };
}

async function statusOf(
  context: Context,
  turn: UnendedTurn,
  name: string | undefined,
  whyWaiting: (turn: UnendedTurn) => Promise<string | undefined>,
): Promise<TurnStatus> {
  const { turnId, scope, sessionId, workspace, since, calledBy, pid, deadlineAt, problem, note } = turn;
  const { runner } = context;
  const progress = turn.state === "queued" ? undefined : await runner.progress(turnId, { withTokens: true });
  const { lastOutputAt, outputBytes, doing, isStalled, tokens } = progress ?? NOT_BEGUN;
  return {
    turnId,
    name,
    agent: scope.agent,
    sessionId,
    workspace,
    reason: reasonOf(turn, progress),
    since,
    calledBy,
    pid,
    lastOutputAt,
    outputBytes,
    doing,
    deadlineAt,
    isStalled,
    problem: problem?.message ?? note ?? (await whyWaiting(turn)),
    tokens,
    worker: turn.worker,
  };
}

function reasonOf({ state, note }: UnendedTurn, progress: TurnProgress | undefined): BusyReason {
  if (state !== "running" && state !== "unattended") return state;
  if (state === "unattended" && progress?.isLeftBehind) return "left_behind";
  return note === undefined && progress?.doing?.what === "finishing" ? "answered" : state;
}
