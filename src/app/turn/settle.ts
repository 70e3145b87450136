import type { Agent } from "../../domain/agent/agent.ts";
import { AppError } from "../../domain/errors.ts";
import { isSameScope, type NameScope } from "../../domain/names/name.ts";
import type { SessionKey } from "../../domain/session/session.ts";
import type { TurnFailure } from "../../domain/turn/turn.ts";
import { hasBegun, type OpenTurn, type QueuedTurn } from "../../stores/file/turns/turns.ts";
import { findTree } from "../../system/processes/tree.ts";
import type { Context } from "../context.ts";
import { collectLater } from "../gc/later.ts";
import { finishTurn } from "./ending/finish.ts";
import { endedBy, type TurnEnding } from "./ending/judge.ts";
import { giveUpName, isReservedBy, publishName } from "./ending/publish.ts";
import { putAside } from "./ending/put-aside.ts";
import { overspendOf } from "./running/budget-limit.ts";
import { type Liveness, suspendedCaller, suspendedNote, turnLiveness } from "./running/liveness.ts";
import { excessOf } from "./running/output-limit.ts";
import { begunConversation, readSpool } from "./running/read-spool.ts";
import { endAgent, treeOf } from "./running/stop.ts";
import { isUnbegunFirst, lookAfterFirst } from "./waiting/first-turns.ts";
import { type Standing, standingOf } from "./waiting/take-over.ts";

/** A turn whose end is not recorded: a process works on it, it waits for one, or it could not be settled. */
export interface RunningTurn extends OpenTurn {
  liveness: Exclude<Liveness, "nobody"> | "unsettled" | "waits";
  /** Why no process sees to an accepted first turn that waits, in words for people. */
  why?: string;
  /** Why the turn could not be settled. */
  problem?: AppError;
}

/** An accepted turn that has not begun. */
export interface WaitingTurn extends QueuedTurn {
  /** Why no process sees to it, in words for people; absent if one does. */
  why?: string;
  /** What keeps this process from looking after it. */
  problem?: AppError | undefined;
}

/** Settles the turns of a scope. */
export function settleScope(context: Context, scope: NameScope): Promise<void> {
  return settleScopes(context, [scope]);
}

/** Settles the turns of all these scopes. */
export async function settleScopes(context: Context, scopes: readonly NameScope[]): Promise<void> {
  await settleTurns(context, (turn) => scopes.some((scope) => isSameScope(scopeOf(turn), scope)));
}

/**
 * Settles the turns of a conversation, whatever name they were sent to, and returns those that still run.
 * Skips queued turns: they do not keep the conversation busy.
 */
export async function settleSession(
  context: Context,
  agent: string,
  sessionId: string,
): Promise<RunningTurn[]> {
  const { running } = await settleTurns(
    context,
    (turn) =>
      hasBegun(turn) &&
      turn.plan.scope.agent === agent &&
      (turn.plan.kind === "create" || turn.plan.sessionId === sessionId),
  );
  return running.filter((turn) => sessionIdOf(turn) === sessionId);
}

/**
 * Whether a conversation may have turns whose end is not recorded. A create that has published none may be in
 * any conversation, unless it was settled.
 */
export function hasUnended(open: readonly OpenTurn[], key: SessionKey, isSettled: boolean): boolean {
  return open.some((turn) => {
    const { kind, scope } = turn.plan;
    if (scope.agent !== key.agent) return false;
    const sessionId = sessionIdOf(turn);
    return sessionId === key.sessionId || (kind === "create" && sessionId === undefined && !isSettled);
  });
}

/** The scope of the name that a turn was sent to. */
export function scopeOf(turn: OpenTurn | QueuedTurn): NameScope {
  return hasBegun(turn) ? turn.plan.scope : turn.accepted.scope;
}

/** The conversation that a turn belongs to; undefined while a create has not published it. */
export function sessionIdOf({ folder, plan }: OpenTurn): string | undefined {
  return plan.kind === "create" ? folder.publication()?.sessionId : plan.sessionId;
}

/**
 * Brings the turns that concern the caller up to date, and returns those that are not over. Records the end
 * of turns that no process works on any more. Ends turns past their deadline or output limit whose command is
 * gone. Publishes names whose conversation has an id by now. A turn that can't be settled now, for example
 * because the disk is full, affects only commands that need its conversation.
 */
export async function settleTurns(
  context: Context,
  isConcerned: (turn: OpenTurn | QueuedTurn) => boolean,
): Promise<{ running: RunningTurn[]; queued: WaitingTurn[] }> {
  const { open, queued } = context.turns.all();
  const running: RunningTurn[] = [];
  for (const turn of open) {
    if (!isConcerned(turn)) continue;
    const still = await settleTurn(context, turn);
    if (still !== undefined) running.push(still);
  }
  const waiting: WaitingTurn[] = [];
  for (const turn of queued) {
    if (!isConcerned(turn)) continue;
    const standing = await standingOf(context, turn);
    if (standing.is !== "over") waiting.push(waitingTurn(turn, standing));
  }
  tellWaiting(context, running, waiting);
  collectLater(context);
  return { running, queued: waiting };
}

/** Returns an accepted turn with how it stands. */
export function waitingTurn(turn: QueuedTurn, standing: Exclude<Standing, { is: "over" }>): WaitingTurn {
  return standing.is === "attended" ? turn : { ...turn, why: standing.why, problem: standing.problem };
}

/** The contexts whose people have been told what waits. */
const hasTold = new WeakSet<Context>();

/** Tells people, once, of accepted turns that nobody runs; not those who could not run them anyway. */
function tellWaiting(
  context: Context,
  running: readonly RunningTurn[],
  queued: readonly WaitingTurn[],
): void {
  const waiting = [
    ...running.map(({ why, plan }) => ({ why, acceptedAt: plan.startedAt, ...plan })),
    ...queued.map(({ why, accepted }) => ({ why, ...accepted })),
  ].filter(({ why }) => why !== undefined);
  const [first] = waiting;
  if (first === undefined || !context.runsWaiting || hasTold.has(context)) return;
  hasTold.add(context);
  const { name, acceptedAt, scope } = first;
  const what = waiting.length === 1 ? "A detached turn waits" : `${waiting.length} detached turns wait`;
  const step = context.wording.step("runWaiting", { name, workspace: scope.workspace });
  context.notify(
    `${what} since ${acceptedAt}, and no process runs it: ${first.why}. Run it from here with: ${step}`,
  );
}

/** Settles one turn; returns undefined once its end is recorded. */
export async function settleTurn(context: Context, turn: OpenTurn): Promise<RunningTurn | undefined> {
  const agent = context.findAgent(turn.plan.scope.agent);
  try {
    let liveness = turnLiveness(turn, agent);
    let ended: TurnEnding["ended"];
    const excess = liveness === "agent" ? endReason(context, agent, turn) : undefined;
    if (excess !== undefined) {
      await endInPlace(context, turn, excess);
      ended = endedBy(excess);
      liveness = "nobody";
    }
    if (liveness === "caller") await endForSuspended(context, turn);
    if (liveness === "nobody" && isUnbegunFirst(turn)) {
      const standing = await lookAfterFirst(context, turn);
      if (standing.is === "attended") return { ...turn, liveness: "caller" };
      if (standing.is === "waits") return { ...turn, liveness: "waits", why: standing.why };
      ended = standing.failure && endedBy(standing.failure);
    }
    if (liveness === "agent" || liveness === "nobody") await publishLate(context, turn);
    if (liveness !== "nobody") return { ...turn, liveness };
    if (await settle(context, turn, { agentEnd: { kind: "unseen" }, ended })) return undefined;
    // Another command is settling it, or holds the conversation's lock for another purpose.
    return { ...turn, liveness: "unsettled" };
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    // Another command was faster and has moved the folder away.
    if (turn.folder.plan() === undefined) return undefined;
    return { ...turn, liveness: "unsettled", problem: error };
  }
}

/** Why a turn has to be ended; undefined if it need not be. */
function endReason(context: Context, agent: Agent, turn: OpenTurn): TurnFailure | undefined {
  return pastDeadline(context, turn) ?? excessOf(turn) ?? overspendOf(agent, turn);
}

function pastDeadline(context: Context, { plan: { deadlineAt } }: OpenTurn): TurnFailure | undefined {
  if (deadlineAt === undefined || Date.parse(deadlineAt) > context.now().getTime()) return undefined;
  const message = `The deadline of ${deadlineAt} has passed; a later command ended the turn.`;
  return { code: "deadline", message };
}

/** Ends a turn on behalf of its command, which is gone. */
async function endInPlace(context: Context, { folder, plan }: OpenTurn, reason: TurnFailure): Promise<void> {
  const leader = folder.agentProcess();
  const agent = context.findAgent(plan.scope.agent);
  folder.saveEndReason(reason);
  if (leader !== undefined) await endAgent(context, agent, plan.turnId, leader);
}

/**
 * Ends the agent on behalf of a suspended command. That command still holds the conversation's lock, so it
 * records the end itself later.
 */
async function endForSuspended(context: Context, turn: OpenTurn): Promise<void> {
  const caller = suspendedCaller(turn);
  const agent = context.findAgent(turn.plan.scope.agent);
  const reason = caller === undefined ? undefined : endReason(context, agent, turn);
  const leader = turn.folder.agentProcess();
  if (caller === undefined || reason === undefined || leader === undefined) return;
  const { turnId } = turn.plan;
  if (findTree(treeOf(turnId, leader)).length === 0) return;
  await endInPlace(context, turn, reason);
  const what = reason.code === "deadline" ? "past its deadline" : "over its limit";
  context.notify(`The agent of turn ${turnId} was ${what} and has been ended. ${suspendedNote(caller)}`);
}

/** Publishes the name of a create whose command died before it could publish it. */
async function publishLate(context: Context, turn: OpenTurn): Promise<void> {
  const { plan, folder } = turn;
  if (plan.kind !== "create") return;
  if (plan.name !== undefined && !isReservedBy(await context.store.list(plan.scope), plan)) return;
  const folded = readSpool(context.findAgent(plan.scope.agent), folder.spool());
  const sessionId = begunConversation(folded, plan);
  if (sessionId !== undefined) await publishName(context, turn, sessionId);
}

/**
 * Records the end of a turn on another machine or in another container, because a person says that it is
 * gone. The lock of its conversation must be free.
 */
export async function giveUpTurn(context: Context, turn: OpenTurn): Promise<void> {
  await publishLate(context, turn);
  await settle(context, turn, { agentEnd: { kind: "given-up" } });
}

/** Records the end of a turn. Returns false when another command holds the conversation's lock. */
async function settle(context: Context, turn: OpenTurn, how: Omit<TurnEnding, "folded">): Promise<boolean> {
  const { plan, folder } = turn;
  const agent = context.findAgent(plan.scope.agent);
  const sessionId = sessionIdOf(turn);
  const finish = async () => {
    const folded = readSpool(agent, folder.spool());
    const result = await finishTurn(context, turn, { folded, ...how });
    const isOnce = plan.kind === "once";
    const left = { folder, onEnd: plan.onEnd };
    const where = isOnce ? "nowhere" : "settled";
    const isMoved = await putAside(context, left, result, { where, hasRunHere: false });
    return isMoved && !isOnce;
  };
  if (sessionId === undefined) {
    // Another command may have moved the folder away since it was listed; then there is nothing to report.
    if (folder.plan() === undefined) return true;
    await giveUpName(context, plan);
    if ((await finish()) && plan.name !== undefined)
      context.notify(
        `The creation of ${JSON.stringify(plan.name)} was interrupted before its conversation began; no name was created.`,
      );
    return true;
  }
  const held = await context.store.session({ agent: agent.name, sessionId }).lock.tryTake(plan.turnId);
  if (held === undefined) return folder.plan() === undefined;
  const waiting = how.agentEnd.kind === "unseen" ? unstarted(turn) : undefined;
  try {
    if (folder.plan() === undefined) return true;
    if (waiting === undefined) await finish();
    else context.turns.takeBack(folder);
  } finally {
    await held.release();
  }
  if (waiting !== undefined) await standingOf(context, waiting);
  return true;
}

/** Returns a turn as accepted if its agent was not started: nothing has run, and it is to run. */
function unstarted({ folder }: OpenTurn): QueuedTurn | undefined {
  const accepted = folder.accepted();
  const isKnown = accepted !== undefined && accepted.v !== 1;
  if (!isKnown || folder.mayHaveRun() || folder.cancellation() !== undefined) return undefined;
  return { folder, accepted };
}
