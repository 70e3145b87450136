import type { Context } from "../context.ts";
import { markRead } from "../conversation/mark-read.ts";
import type { TurnResult } from "../turn/ending/result.ts";
import { refuseOwnWait } from "../turn/own-wait.ts";
import type { TurnListener } from "../turn/running/listener.ts";
import { type FoundTurn, findTurn, type TurnQuery, unendedTurns } from "./find.ts";
import { outlast } from "./outlast.ts";
import { replay, type Watcher } from "./replay.ts";
import { waitForEnd } from "./wait.ts";

export interface AttachRequest extends TurnQuery {
  /** Skips the output that is there already. */
  fromNow?: boolean | undefined;
  /** The turn, where the caller has found it. */
  found?: FoundTurn | undefined;
}

interface AttachListener extends Watcher, Pick<TurnListener, "signal"> {
  /** Called when the end of the turn is known, which may be long before all of its output is replayed. */
  onOver?: ((turn: TurnResult) => void) | undefined;
}

/**
 * Replays the output of a turn of a name and follows the turn to its end: by default the running turn, else
 * the next in the queue, else the last one. Aborting the listener's signal ends the following, not the turn.
 *
 * @throws AppError as `findTurn` does; `own_conversation` where the turn can only end after this command; the
 * signal's reason.
 */
export async function attach(
  context: Context,
  request: AttachRequest,
  listener: AttachListener,
): Promise<{ turn: TurnResult; isStreamGone: boolean }> {
  const found = request.found ?? (await find(context, request));
  const { turnId } = found;
  const isOver = () => {
    listener.signal?.throwIfAborted();
    return false;
  };
  // Checked before the replay: a command inside the turn would print the turn's output into that same output,
  // without end.
  if (found.state !== "ended") await refuseOwnWait(context, { turnId }, request.name);
  const output = await outlast(() => context.runner.output(turnId, { fromNow: request.fromNow }), isOver);
  try {
    const end =
      found.state === "ended"
        ? Promise.resolve(found.result)
        : waitForEnd(context, { name: request.name, turnId, last: found }, isOver);
    // The replay may fail first.
    end.then(
      (turn) => turn && listener.onOver?.(turn),
      () => undefined,
    );
    await replay(context, found, request.name, output, end, listener);
    const turn = await end;
    if (turn === undefined) throw new Error("the wait has no other end");
    await markRead(context, turn);
    return { turn, isStreamGone: output === undefined };
  } finally {
    output?.close();
  }
}

async function find(context: Context, request: AttachRequest): Promise<FoundTurn> {
  const first = request.turnId === undefined ? (await unendedTurns(context, request))[0] : undefined;
  return first ?? (await findTurn(context, request));
}
