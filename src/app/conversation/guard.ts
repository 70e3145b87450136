import { AppError } from "../../domain/errors.ts";
import { hasHadTurns } from "../../domain/names/moves.ts";
import type { SessionKey } from "../../domain/session/session.ts";
import type { LockState } from "../../domain/store.ts";
import type { Context } from "../context.ts";

const LOOK_MS = 100;
const PATIENCE_MS = 30_000;

/**
 * Whether a conversation is still there to be named. One that no turn of ours ever ran in, as another tool may
 * have named it, never had a record.
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
 * Calls `point`, which makes a name point at a conversation, once, and such that the collection of garbage can't have
 * removed the conversation meanwhile: under its lock, or while a turn holds that. `isThere` may be called again after
 * it: where it says no then, `takeBack` is called.
 *
 * @returns false when the conversation is gone.
 * @throws AppError `busy` when somebody who is no turn keeps the lock.
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
    // A second time the name would be taken: by us, or by whoever has moved it since.
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
      // Held by one turn all the while: whoever collects later reads the names anew, and finds this one.
      if (turnOf(await lock.state()) === turnId) return true;
    } else {
      if (performance.now() - startedMs > PATIENCE_MS) throw locked(key);
      await lock.changed(LOOK_MS);
    }
  }
}

/** The turn that holds a lock; empty where none does: the collection of garbage works on no turn. */
function turnOf(state: LockState): string {
  return state.state === "free" ? "" : state.holder.turnId;
}

function locked({ sessionId }: SessionKey): AppError {
  return new AppError("busy", `Conversation ${sessionId} was kept locked for 30 seconds.`, {
    hint: "Another command is removing what nobody needs. If it is stopped, continue or end it, then try again.",
  });
}
