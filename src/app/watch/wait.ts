import { AppError } from "../../domain/errors.ts";
import { entrySince } from "../../domain/names/renames.ts";
import type { UnendedTurn } from "../../domain/runner.ts";
import type { Context } from "../context.ts";
import { ownKeysOf } from "../conversation/lineage.ts";
import { markRead } from "../conversation/mark-read.ts";
import type { TurnResult } from "../turn/ending/result.ts";
import { OwnWait, refuseOwnWait } from "../turn/own-wait.ts";
import { type FoundTurn, findTurn, resultInJournals, type TurnQuery } from "./find.ts";
import { outlast } from "./outlast.ts";
import { replay, type Watcher } from "./replay.ts";

/** How often the turn is polled, where the kernel reports no changes. */
const LOOK_MS = 100;
/** How often a turn that waits in a line that machines share is asked why: most are taken before the first time. */
const WHY_MS = 2_000;

export interface WaitRequest extends TurnQuery {
  /** Ends the wait, not the turn. */
  timeoutMs?: number | undefined;
  signal?: AbortSignal | undefined;
}

/**
 * Waits for a turn of a name and resolves with its result, as `send` does; at once if the turn has ended
 * already. A watcher is told what the agent says in the turn, from its beginning.
 *
 * @throws AppError `still_running` after `timeoutMs`, `own_conversation` where the turn can only end after
 * this command, and what `findTurn` throws.
 */
export async function wait(context: Context, request: WaitRequest, watcher?: Watcher): Promise<TurnResult> {
  const { name, agent, workspace, timeoutMs, signal } = request;
  const found = await findTurn(context, request);
  if (found.state === "ended") {
    if (watcher !== undefined) await watch(context, found, name, Promise.resolve(), watcher);
    await markRead(context, found.result);
    return found.result;
  }
  const { turnId } = found;
  if (timeoutMs !== 0) context.notify(`Waiting for turn ${turnId} in ${JSON.stringify(name)}.`);
  if (found.note !== undefined && timeoutMs !== 0) context.notify(found.note);
  // A command inside the turn would tell what it tells itself, without end.
  if (watcher !== undefined) await refuseOwnWait(context, { turnId }, name);
  const startedMs = performance.now();
  const end = waitForEnd(context, { name, turnId, last: found }, () => {
    signal?.throwIfAborted();
    return timeoutMs !== undefined && performance.now() - startedMs >= timeoutMs;
  });
  if (watcher !== undefined) await watch(context, found, name, end, watcher);
  const result = await end;
  if (result !== undefined) {
    await markRead(context, result);
    return result;
  }
  throw new AppError("still_running", `Turn ${turnId} in ${JSON.stringify(name)} has not ended yet.`, {
    hint: `The turn continues. Wait for it again with: ${context.wording.step("wait", { name, turnId, agent, workspace })}`,
    facts: { turn_id: turnId, name },
  });
}

async function watch(
  context: Context,
  found: FoundTurn,
  name: string,
  end: Promise<unknown>,
  watcher: Watcher,
): Promise<void> {
  // The watcher may fail first.
  end.catch(() => undefined);
  const output = await context.runner.output(found.turnId);
  try {
    await replay(context, found, name, output, end, watcher);
  } finally {
    output?.close();
  }
}

/**
 * Follows a turn from the queue to its end and resolves with its result, or with undefined once `isOver`
 * returns true. Settles the turn if no process works on it any more. While a store that machines share is away, it
 * waits for it, and says so once.
 *
 * @throws AppError why the turn can't be settled; `no_such_turn` when it has left no result;
 * `own_conversation`, unless the turn is about to be ended.
 */
export async function waitForEnd(
  context: Context,
  turn: WaitedTurn,
  isOver: () => boolean,
  { isEnding = false }: { isEnding?: boolean } = {},
): Promise<TurnResult | undefined> {
  const own = isEnding ? undefined : new OwnWait(context, { turnId: turn.turnId }, turn.name);
  try {
    return await followToEnd(context, turn, isOver, own);
  } finally {
    own?.leave();
  }
}

interface WaitedTurn {
  name: string;
  turnId: string;
  /** As it was last seen. */
  last?: UnendedTurn | undefined;
}

async function followToEnd(
  context: Context,
  { name, turnId, last: first }: WaitedTurn,
  isOver: () => boolean,
  own: OwnWait | undefined,
): Promise<TurnResult | undefined> {
  let last = first;
  let toldWhy: string | undefined;
  let askedWhyMs = context.line === undefined ? Number.POSITIVE_INFINITY : performance.now();
  for (;;) {
    let isTold = false;
    const turn = await outlast(
      () => context.runner.look(turnId),
      isOver,
      ({ message }) => {
        if (!isTold) context.notify(`${message} Turn ${turnId} goes on, and is followed when it is back.`);
        isTold = true;
      },
    );
    if (turn?.state === "ended") return turn.result;
    if (turn === undefined) return await resultInTurnsJournal(context, name, turnId, last);
    if (turn.problem !== undefined) throw turn.problem;
    if (turn.state !== "queued") last = turn;
    // Over files, whoever waits sees to it himself.
    if (turn.state === "queued" && performance.now() - askedWhyMs > WHY_MS) {
      const why = await context.runner.whyWaiting(turnId).catch(() => undefined);
      askedWhyMs = performance.now();
      if (why !== undefined && why !== toldWhy) context.notify(`${why} Turn ${turnId} waits.`);
      toldWhy = why ?? toldWhy;
    }
    if (isOver()) return undefined;
    await own?.check();
    await context.runner.changed(turnId, LOOK_MS);
  }
}

/** Finds the result of a turn in the journal of its conversation, by what is known from when it was last seen. */
async function resultInTurnsJournal(
  context: Context,
  name: string,
  turnId: string,
  last: UnendedTurn | undefined,
): Promise<TurnResult> {
  if (last !== undefined) {
    const { scope, name: before = name, chosenId } = last;
    const begun = last.sessionId ?? chosenId;
    const names = await context.store.list(scope);
    const entry = begun === undefined ? undefined : entrySince(names, before, begun);
    const now = (entry ?? names.entries.get(name))?.sessionId;
    for (const sessionId of new Set([begun, now])) {
      if (sessionId === undefined) continue;
      const keys = await ownKeysOf(context, { agent: scope.agent, sessionId });
      const result = await resultInJournals(context, keys, turnId);
      if (result !== undefined) return result;
    }
  }
  throw new AppError(
    "no_such_turn",
    `Turn ${turnId} in ${JSON.stringify(name)} has ended without a result.`,
    {
      hint: "The command that ran it has reported why: its first turn failed before there was a conversation.",
      facts: { turn_id: turnId, name },
    },
  );
}
