import type { NameScope } from "../../domain/names/name.ts";
import { nextChange } from "../../system/lines/next-change.ts";
import type { Context } from "../context.ts";
import { endedInLine } from "../turn/acquire.ts";
import { OwnWait } from "../turn/own-wait.ts";
import { settleTurn } from "../turn/settle.ts";

/** How often the turn is polled, where the kernel reports no changes. */
const LOOK_MS = 100;

/**
 * Waits while a running turn is creating the conversation of a name: until the conversation has the name, or
 * the reservation is deleted.
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
      // A reservation without its turn was left behind by a power failure.
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
