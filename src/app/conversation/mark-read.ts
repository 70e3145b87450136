import type { TurnResult } from "../../domain/turn/turn.ts";
import type { Context } from "../context.ts";

/** Called when somebody is told how a turn ended: it is no longer unread. Never rejects: only a mark may stay. */
export async function markRead(
  { store }: Context,
  { agent, sessionId, turnId }: Pick<TurnResult, "agent" | "sessionId" | "turnId">,
): Promise<void> {
  if (sessionId === undefined) return;
  try {
    await store.session({ agent, sessionId }).unread.clear(turnId);
  } catch {
    // The state home can't be written: it shows the turn as unread.
  }
}
