import { AppError } from "../../domain/errors.ts";
import { hasHadTurns } from "../../domain/names/moves.ts";
import type { SessionKey } from "../../domain/session/session.ts";
import type { LockState } from "../../domain/store.ts";
import type { Context } from "../context.ts";

const LOOK_MS = 100;
const PATIENCE_MS = 30_000;

/**
 * Whether a conversation is still there to be named. A conversation without turns of ours, such as one that
 * another tool has named, never had a record, and counts as kept.
 */
export async function isKept(
  context: Context,
  agent: string,
  sessionId: string,
  lines: readonly unknown[],
): Promise<boolean> {
  const record = await context.store.session({ agent, sessionId }).record();
  return record !== undefined || !hasHadTurns(lines, sessionId);
}

/**
 * Calls `point` once, which makes a name point at a conversation, in such a way that gc can't have removed
 * the conversation meanwhile: under the conversation's lock, or while one turn holds that lock. `isThere` may
 * be called again after `point`; if it then returns false, `takeBack` is called.
 *
 * @returns false when the conversation is gone
 * @throws AppError `busy` when a lock owner that is not a turn keeps the lock for 30 s
 */
export async function pointAtKept(
  context: Context,
  key: SessionKey,
  isThere: () => Promise<boolean>,
  point: () => Promise<void>,
  takeBack: () => Promise<void> = async () => undefined,
): Promise<boolean> {
  const { lock } = context.store.session(key);
  const startedMs = performance.now();
  let isPointed = false;
  const pointIfThere = async () => {
    if (!(await isThere())) {
      if (isPointed) await takeBack();
      return false;
    }
    // Not twice: the name would be taken by then, by us or by a command that has moved it since.
    if (!isPointed) await point();
    isPointed = true;
    return true;
  };
  for (;;) {
    const held = await lock.tryTake("");
    if (held !== undefined) {
      try {
        return await pointIfThere();
      } finally {
        await held.release();
      }
    }
    const turnId = turnOf(await lock.state());
    if (turnId !== "") {
      if (!(await pointIfThere())) return false;
      // One turn held the lock the whole time: a later gc reads the names again and finds this one.
      if (turnOf(await lock.state()) === turnId) return true;
    } else {
      if (performance.now() - startedMs > PATIENCE_MS) throw locked(key);
      await lock.changed(LOOK_MS);
    }
  }
}

/** Returns the turn that holds a lock; empty where no turn does. The gc holds locks without a turn. */
function turnOf(state: LockState): string {
  return state.state === "free" ? "" : state.holder.turnId;
}

function locked({ sessionId }: SessionKey): AppError {
  return new AppError("busy", `Conversation ${sessionId} was locked for 30 seconds.`, {
    hint: "Another command is deleting old files. If it is stopped, continue or end it, then try again.",
  });
}
