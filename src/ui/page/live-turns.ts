import type { Conversation } from "./types.ts";

/** A turn that is drawn as it runs. */
export interface Followed {
  turnId: string;
  /** `null` until the conversation has been read since the turn began. */
  prompt: string | null;
}

type Told = Pick<Conversation, "history"> & { show: Pick<Conversation["show"], "busy"> };

/** What the list says of the conversation's turns, by their ids. */
interface Listed {
  running: string | null;
  queued: readonly (string | null)[];
}

/**
 * Returns the turns to follow. The list and the conversation are read one after the other: a turn that the list has
 * as ended stays until the conversation has its answer, and a turn is never drawn both as running and as ended. Where no
 * turn runs, the conversation has the first one of the queue as its busy one.
 */
export function liveTurns({ running, queued }: Listed, told: Told | undefined): Followed[] {
  const busy = told?.show.busy ?? null;
  const notLive = new Set([...queued, ...(told?.history.turns ?? []).map(({ turn_id }) => turn_id)]);
  const ids = new Set([busy?.turn_id, running].filter((id) => typeof id === "string"));
  return [...ids]
    .filter((turnId) => !notLive.has(turnId))
    .map((turnId) => ({ turnId, prompt: turnId === busy?.turn_id ? busy.prompt : null }));
}
