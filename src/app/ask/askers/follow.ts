import { AppError } from "../../../domain/errors.ts";
import type { TurnResult } from "../../../domain/turn/turn.ts";
import { callerName } from "../../caller.ts";
import type { Context } from "../../context.ts";
import { behind, busyWith } from "../../turn/acquire.ts";
import { Patience } from "../../turn/patience.ts";
import type { TurnListener } from "../../turn/running/listener.ts";
import { askToEnd } from "../../watch/ask-to-end.ts";
import { attach } from "../../watch/attach.ts";
import { findTurn } from "../../watch/find.ts";
import { isAway, outlast } from "../../watch/outlast.ts";
import type { Watcher } from "../../watch/replay.ts";
import type { Detached } from "./detached.ts";

type Tell<T> = (what: T) => void | Promise<void> | undefined;

/**
 * Follows a turn to its end, and ends it when the listener's signal aborts; its deadline is minded by whoever runs it. The
 * turn of an earlier request is that one's to end: of this one, only the following ends. While a store that machines share is
 * away, it goes on to follow, and to ask for the end; `hurry` leaves the turn to itself.
 *
 * @throws AppError why the turn never began; for the turn of an earlier request, the signal's reason
 */
export async function followToEnd(
  context: Context,
  { turnId, name, agent, workspace, sessionId }: Detached,
  listener: TurnListener & Pick<Watcher, "stallMs"> & { isEarlier?: boolean },
): Promise<TurnResult> {
  const { signal, hurry, onBytes, onEvent, onStarted } = listener;
  listener.onAccepted?.({ turnId, agent, name });
  const patience = new Patience();
  const over = new AbortController();
  const following = new AbortController();
  const tellsUntilEnding = <T>(tell: Tell<T> | undefined): Tell<T> | undefined =>
    tell &&
    ((what) => {
      const told = tell(what);
      return told instanceof Promise ? patience.waitFor(told) : undefined;
    });
  const end = () => {
    patience.end();
    if (listener.isEarlier) return following.abort(signal?.reason);
    if (signal?.reason instanceof AppError && signal.reason.code === "deadline") return;
    const isTerminated =
      (signal?.reason instanceof AppError && signal.reason.code === "terminated") || undefined;
    const by = { at: context.now().toISOString(), by: callerName(context), isTerminated };
    // The end of the turn tells whether it could be ended.
    void askToEnd(context, turnId, by, over.signal);
  };
  const leave = () => following.abort(left(context, { turnId, name, agent, workspace }, signal?.reason));
  if (signal?.aborted) end();
  else signal?.addEventListener("abort", end, { once: true });
  // Over files, whoever ends a turn waits until its processes are gone.
  if (context.line !== undefined) hurry?.addEventListener("abort", leave, { once: true });
  try {
    await tellPlace(context, { turnId, name, agent, sessionId });
    const told = {
      ...listener,
      signal: following.signal,
      // Ended by others: who has asked for it can't have more of it by reading.
      onOver: ({ outcome }: TurnResult) => {
        if (outcome === "cancelled" || outcome === "deadline") patience.end();
      },
      onBytes: tellsUntilEnding(onBytes),
      onEvent: tellsUntilEnding(onEvent),
      onStarted: tellsUntilEnding(onStarted),
    };
    const query = { name, agent, workspace, turnId };
    const isOver = () => {
      following.signal.throwIfAborted();
      return false;
    };
    const found = await outlast(() => findTurn(context, query), isOver);
    const { turn } = await orAborted(attach(context, { ...query, found }, told), following.signal);
    listener.onEnded?.();
    // The result of a turn that has begun says how its agent's process was.
    if (turn.process !== undefined || turn.failure === undefined || listener.isEarlier) return turn;
    const { code, hint, facts = {} } = turn.failure;
    const isOwn = signal?.aborted && signal.reason instanceof AppError && signal.reason.code === code;
    const message = isOwn ? signal.reason.message : turn.failure.message;
    const nothing = turn.hasRun === false ? ` Nothing was sent to ${JSON.stringify(name)}.` : "";
    throw new AppError(code, `${message}${nothing}`, { hint, facts });
  } finally {
    over.abort();
    signal?.removeEventListener("abort", end);
    hurry?.removeEventListener("abort", leave);
  }
}

/** Does not wait for a store that answers nothing. */
async function orAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  let stop: () => void = () => undefined;
  const aborted = new Promise<never>((_resolve, reject) => {
    stop = () => reject(signal.reason);
    if (signal.aborted) stop();
    else signal.addEventListener("abort", stop, { once: true });
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener("abort", stop);
  }
}

function left(
  context: Context,
  { turnId, name, agent, workspace }: Pick<Detached, "turnId" | "name" | "agent" | "workspace">,
  reason: unknown,
): AppError {
  const code = reason instanceof AppError && reason.code === "terminated" ? "terminated" : "cancelled";
  return new AppError(code, `Turn ${turnId} may go on: this command has not waited for its end.`, {
    hint: `End it with: ${context.wording.step("cancel", { name, turnId, agent, workspace })}`,
    facts: { turn_id: turnId, name },
  });
}

/** Tells people which turn comes before theirs in a line that machines share. */
async function tellPlace(
  context: Context,
  {
    turnId,
    name,
    agent,
    sessionId,
  }: Pick<Detached, "turnId" | "name" | "agent"> & { sessionId: string | undefined },
): Promise<void> {
  const { line } = context;
  if (line === undefined || sessionId === undefined) return;
  const look = async () => (await line.open()).list({ agent, sessionId });
  const unended = await look().catch((error: unknown) => {
    if (isAway(error)) return [];
    throw error;
  });
  const before = unended.findIndex(({ order }) => order.turnId === turnId);
  const [first] = unended;
  if (first === undefined || before < 1) return;
  const { begunAt, order } = first;
  const running = { ...order, since: begunAt ?? order.acceptedAt };
  context.notify(`${busyWith(name, running, context.now())}; waiting${behind(before - 1)}.`);
}
