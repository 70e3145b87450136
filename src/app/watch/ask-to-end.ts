import { setTimeout as sleep } from "node:timers/promises";
import type { Cancellation } from "../../domain/turn/cancellation.ts";
import type { Context } from "../context.ts";

/** How soon it is asked again. */
const AGAIN_MS = 200;

/** Asks for the end of a turn until that holds, or until it is `over`. Whoever waits for it is told where it does not hold at once. */
export async function askToEnd(
  { runner, notify }: Pick<Context, "runner" | "notify">,
  turnId: string,
  by: Cancellation,
  over: AbortSignal,
): Promise<void> {
  for (let tries = 1; !over.aborted; tries += 1)
    try {
      await runner.askToEnd(turnId, by);
      if (tries > 1 && !over.aborted) notify(`Turn ${turnId} is asked to end now.`);
      return;
    } catch (error) {
      if (tries === 1 && !over.aborted) notify(notYet(turnId, error));
      await sleep(AGAIN_MS);
    }
}

function notYet(turnId: string, error: unknown): string {
  const why = error instanceof Error ? error.message : String(error);
  return `Turn ${turnId} is not yet asked to end: ${why} This is tried again until it holds or the turn has ended.`;
}
