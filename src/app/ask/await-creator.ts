import type { NameScope } from "../../domain/names/name.ts";
import { nextChange } from "../../system/lines/next-change.ts";
import type { Context } from "../context.ts";
import { endedInLine } from "../turn/acquire.ts";
import { OwnWait } from "../turn/own-wait.ts";
import { settleTurn } from "../turn/settle.ts";

/** How often it is looked, where the kernel does not tell of changes. */
const LOOK_MS = 100;

/**
 * Waits as long as a turn under way is about to give a name to a new conversation: until that has its name, or the
 * name is given up.
 *
 * @throws AppError `own_conversation` where that turn can only end after this command; the signal's reason
 */
export async function awaitCreator(
  context: Context,
  scope: NameScope,
  name: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  const creator = async () => (await context.store.list(scope)).reserved.get(name);
  const turnId = await creator();
  if (turnId === undefined) return;
  const own = new OwnWait(context, { turnId }, name);
  try {
    for (;;) {
      if (signal?.aborted) throw endedInLine(signal.reason, name);
      const { open } = context.turns.look(turnId);
      // A reservation without its turn is what a power failure left behind.
      if (open === undefined) return;
      const still = await settleTurn(context, open);
      if (still?.problem !== undefined) throw still.problem;
      if (still === undefined || (await creator()) !== turnId) return;
      await own.check();
      await nextChange(open.folder.path, LOOK_MS, { signal });
    }
  } finally {
    own.leave();
  }
}
