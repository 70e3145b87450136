import { formatAge } from "../../domain/age.ts";
import { AppError } from "../../domain/errors.ts";
import type { SessionKey } from "../../domain/session/session.ts";
import type { HeldLock, LockHolder } from "../../domain/store.ts";
import type { LineTurn } from "../../domain/turn/line.ts";
import { hasBegun } from "../../stores/file/turns/turns.ts";
import type { OpenedWindow } from "../../stores/file/windows.ts";
import type { Context } from "../context.ts";
import { ownWindowOf } from "../conversation/windows.ts";
import { OwnWait, refuseOwn } from "./own-wait.ts";
import { hasUnended, type RunningTurn, sessionIdOf, settleSession, settleTurn } from "./settle.ts";
import { isTurnId, type TurnTicket } from "./ticket.ts";
import { hasForsaken, lookAfterSession } from "./waiting/take-over.ts";

/** How often the lock is polled, where the kernel reports no changes. */
const LOOK_MS = 200;
/**
 * How long a lock owner that is not a turn, such as `adopt`, may keep the lock before `ifBusy: "fail"` fails.
 */
const BRIEF_MS = 3_000;

export interface TakeRequest {
  key: SessionKey;
  /** The conversation in messages: its name, or its id. */
  label: string;
  /** The workspace of the name; needed for hints. */
  workspace: string;
  ticket: TurnTicket;
  ifBusy: "wait" | "fail";
  signal?: AbortSignal | undefined;
  /** Called once no later turn can be served before this one; may be called again. */
  onPlaced?: (() => void) | undefined;
}

/**
 * Takes the lock of a conversation for one turn, after settling earlier turns. While another turn runs in it,
 * or an earlier turn is queued, waits or fails, as asked. Only the first turn in the queue watches the
 * conversation; each other turn watches the one before it, so the cost grows only linearly with the queue.
 *
 * @throws AppError `busy`, also where this machine can't see whether the other turn still runs;
 * `own_conversation` when the other turn can only end after this command, so that waiting would never end;
 * the signal's reason.
 */
export async function takeSession(context: Context, request: TakeRequest): Promise<HeldLock> {
  const { key, ticket, label, signal } = request;
  const { lock, queue } = context.store.session(key);
  const join = () => {
    const { turnId, arrival, calledBy } = ticket;
    return queue.join({
      turnId,
      arrival,
      calledBy,
      process: context.self(),
      since: context.now().toISOString(),
      isAccepted: ticket.acceptedAt === undefined ? undefined : true,
    });
  };
  // An accepted turn is queued already: joining again gives this process the place to leave later.
  let place = ticket.acceptedAt === undefined ? undefined : await join();
  const own = new OwnWait(context, key, label);
  const startedMs = performance.now();
  let hasTold = false;
  try {
    for (;;) {
      if (signal?.aborted) throw endedInLine(signal.reason, label);
      const before = await queue.before(ticket.arrival);
      if (before === undefined || !hasTold) {
        const { held, running, isBrief } = await lookOrTake(context, request, before === undefined);
        if (held !== undefined) {
          request.onPlaced?.();
          return held;
        }
        if (running !== undefined) refuse(context, label, running);
        const state = await lock.state();
        if (state.state === "elsewhere") throw unreachable(context, label, state.holder);
        const holder = running ?? ownWindowOf(context, key);
        if (isWindow(holder)) refuseOwn(context, label, holder.id);
        if (request.ifBusy === "fail") {
          const isOver = performance.now() - startedMs > BRIEF_MS;
          if (before !== undefined || isWindow(holder) || !isBrief || isOver)
            throw busy(context, request, holder);
          await lock.changed(LOOK_MS, signal);
          continue;
        }
        place ??= await join();
        if (!hasTold) {
          hasTold = true;
          const came = (await queue.waiting()).filter(({ arrival }) => arrival < ticket.arrival).length;
          context.notify(`${describe(label, holder, context.now())}; waiting${behind(came)}.`);
        }
      }
      request.onPlaced?.();
      await own.check();
      if (before === undefined) await lock.changed(LOOK_MS, signal);
      else await queue.left(before, { timeoutMs: own.isChained ? LOOK_MS : undefined, signal });
    }
  } finally {
    own.leave();
    await place?.leave();
  }
}

interface Look {
  /** The lock, where it could be taken. */
  held?: HeldLock | undefined;
  /** The turn that runs. */
  running?: RunningTurn | undefined;
  /** Whether no running turn keeps the conversation, so that it is free again in a moment. */
  isBrief?: boolean;
}

/**
 * Takes the lock of a conversation if the lock is free and the caller is next; settles turns that ended
 * before.
 */
async function lookOrTake(
  context: Context,
  { key, ticket }: Pick<TakeRequest, "key" | "ticket">,
  isNext: boolean,
): Promise<Look> {
  const { lock, queue } = context.store.session(key);
  for (let pass = 0; ; pass += 1) {
    const isSettled = pass > 0;
    const state = await lock.state();
    const holder = state.state === "free" ? undefined : await settleHolder(context, key, state.holder);
    if (holder !== undefined) return { running: holder, isBrief: isBeingSettled(holder) };
    // The lock's owner is at work, so no earlier turn can be left to settle.
    if (state.state === "held") return { isBrief: state.holder.turnId === "" };
    if (state.state === "elsewhere") return {};
    if (isNext) {
      const held = await lock.tryTake(ticket.turnId);
      if (held === undefined) {
        const now = await lock.state();
        return { isBrief: now.state === "free" || now.holder.turnId === "" };
      }
      // Looked for under the lock, so that no turn of this conversation can begin meanwhile.
      const { open, queued } = context.turns.all();
      // Once more after settling: a turn whose agent was never started waits again.
      const isForsaken = pass < 2 && hasForsaken(queued, key, ticket.arrival, context.self());
      if (!isForsaken && !hasUnended(open, key, isSettled)) return { held };
      // A turn is settled under the lock of its conversation.
      await held.release();
      // What was accepted before goes first.
      if (isForsaken && (await lookAfterSession(context, key, ticket.arrival))) return { isBrief: true };
    }
    const [running] = await settleSession(context, key.agent, key.sessionId);
    if (running !== undefined) return { running, isBrief: isBeingSettled(running) };
    // A turn that was settled may wait again, before this one.
    if (isNext && (await queue.before(ticket.arrival)) !== undefined) return { isBrief: true };
    if (!isNext) return {};
  }
}

/** Whether a turn is over and another command is settling it now. */
function isBeingSettled({ liveness, problem }: RunningTurn): boolean {
  return liveness === "unsettled" && problem === undefined;
}

/**
 * Returns the turn of a lock's owner, if it belongs to this conversation and still runs. Checks no other
 * turn.
 */
async function settleHolder(
  context: Context,
  { sessionId }: SessionKey,
  { turnId }: LockHolder,
): Promise<RunningTurn | undefined> {
  const turn = isTurnId(turnId) ? context.turns.unended(turnId) : undefined;
  const still = hasBegun(turn) ? await settleTurn(context, turn) : undefined;
  return still !== undefined && sessionIdOf(still) === sessionId ? still : undefined;
}

/**
 * Refuses to wait for a turn that can't be settled, that can't be seen from here, or that can only end after
 * this command.
 *
 * @throws AppError
 */
export function refuse(context: Context, label: string, running: RunningTurn): void {
  if (running.problem !== undefined) throw running.problem;
  if (running.liveness === "elsewhere") {
    const { caller, turnId, startedAt } = running.plan;
    throw unreachable(context, label, { turnId, process: caller, since: startedAt });
  }
  refuseOwn(context, label, running.plan.turnId);
}

/** What a conversation is busy with. */
type Holder = RunningTurn | OpenedWindow;

function isWindow(holder: Holder | undefined): holder is OpenedWindow {
  return holder !== undefined && "process" in holder;
}

/** Describes the turn or window that keeps the conversation busy, and since when. */
function describe(label: string, holder: Holder | undefined, now: Date): string {
  if (isWindow(holder)) {
    const { since, process } = holder;
    return `${JSON.stringify(label)} is open in a window (opened ${formatAge(since, now)}, pid ${process.pid})`;
  }
  if (holder === undefined) return `${JSON.stringify(label)} is busy`;
  const { calledBy, startedAt: since, turnId } = holder.plan;
  return busyWith(label, { turnId, since, calledBy }, now);
}

/** Says which turn a conversation is busy with. */
export function busyWith(
  label: string,
  { turnId, since, calledBy }: { turnId: string; since: string; calledBy?: string | undefined },
  now: Date,
): string {
  const by = calledBy === undefined ? "" : ` by ${calledBy}`;
  return `${JSON.stringify(label)} is busy: turn ${turnId}, started ${formatAge(since, now)}${by}`;
}

/** Says what a turn waits for that so many come before, besides the one that runs. */
export function behind(count: number): string {
  return count === 0 ? " for its end" : ` (${count === 1 ? "1 turn" : `${count} turns`} ahead of you)`;
}

/**
 * Fails, for a caller that does not wait, if a conversation is busy.
 *
 * @throws AppError `busy` while a turn is at work in a conversation, or `open` has it open
 */
export async function refuseBusy(
  context: Context,
  key: SessionKey,
  request: Pick<TakeRequest, "label" | "workspace">,
): Promise<void> {
  const [running] = await settleSession(context, key.agent, key.sessionId);
  const holder = running ?? ownWindowOf(context, key);
  const state = await context.store.session(key).lock.state();
  // A fork that reads the history holds the lock, but is not a turn of this conversation.
  const isHeld = state.state === "held" && state.holder.turnId !== "";
  if (holder !== undefined || isHeld) throw busy(context, request, holder);
}

/** The error for a caller that does not wait, where a turn of a line that machines share is before it. */
export function busyOnLine(
  context: Context,
  { label, workspace }: Pick<TakeRequest, "label" | "workspace">,
  { order, begunAt }: LineTurn,
): AppError {
  const { turnId, calledBy, acceptedAt } = order;
  const since = begunAt ?? acceptedAt;
  return new AppError("busy", `${busyWith(label, { turnId, since, calledBy }, context.now())}.`, {
    hint: patienceHint(context, { name: label, workspace }),
    facts: { since, turn_id: turnId },
  });
}

function patienceHint({ wording }: Context, about: { name: string; workspace: string }): string {
  const { step, choice } = wording;
  return `Wait for it with ${choice({ ifBusy: "wait" })}, get its answer with: ${step("wait", about)}   or end it with: ${step("cancel", about)}`;
}

export function busy(
  context: Context,
  { label, workspace }: Pick<TakeRequest, "label" | "workspace">,
  holder: Holder | undefined,
): AppError {
  const { choice } = context.wording;
  if (isWindow(holder)) {
    return new AppError("busy", `${describe(label, holder, context.now())}.`, {
      hint: `Close the window, or wait for that with ${choice({ ifBusy: "wait" })}.`,
      facts: { since: holder.since, turn_id: null, pid: holder.process.pid },
    });
  }
  return new AppError("busy", `${describe(label, holder, context.now())}.`, {
    hint: patienceHint(context, { name: label, workspace }),
    facts: { since: holder?.plan.startedAt ?? null, turn_id: holder?.plan.turnId ?? null },
  });
}

/** The error when a signal or a deadline ends the wait in the queue: no turn has begun. */
export function endedInLine(reason: unknown, label: string): unknown {
  if (!(reason instanceof AppError)) return reason;
  return new AppError(reason.code, `${reason.message} Nothing was sent to ${JSON.stringify(label)}.`, {
    hint: reason.hint,
  });
}

function unreachable({ wording, now }: Context, label: string, holder: LockHolder): AppError {
  return new AppError(
    "busy",
    `A turn in ${JSON.stringify(label)} was started ${formatAge(holder.since, now())} on another machine or in another container; from here it is not visible whether the turn still runs.`,
    {
      hint: `If that machine or container is gone for good, free the conversation with: ${wording.step("breakLock", { name: label })}`,
      facts: { turn_id: holder.turnId, since: holder.since },
    },
  );
}
