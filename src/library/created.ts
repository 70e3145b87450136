import type { Detached } from "../app/ask/askers/background.ts";
import type { Created } from "../app/ask/create.ts";
import type { Context } from "../app/context.ts";
import type { TurnResult } from "../app/turn/ending/result.ts";
import { AppError } from "../domain/errors.ts";
import { entrySince } from "../domain/names/renames.ts";
import type { Told } from "./turn.ts";

/** What identifies a named conversation. */
export interface Place {
  name: string;
  agent: string;
  workspace: string;
}

/** Returns what a create resolves with: its conversation, unless its first turn failed and left none. */
export async function toldOfCreated<Handle extends object>(
  context: Context,
  { agent, workspace, name }: Place,
  created: Created<TurnResult>,
  handle: (place: Place) => Handle,
): Promise<Told<Handle & { firstTurn?: TurnResult }>> {
  if (!created.created) {
    const conversation = handle({ agent, workspace, name: created.entry.name });
    return { take: () => conversation };
  }
  const { turn: result } = created;
  const { sessionId, failure } = result;
  const given = result.name ?? name;
  const names = await context.store.list({ workspace, agent });
  const entry = sessionId === undefined ? undefined : entrySince(names, given, sessionId);
  const place = { agent, workspace, name: entry?.name ?? given };
  const conversation = Object.assign(handle(place), { firstTurn: result });
  return {
    result,
    take: () => {
      if (entry !== undefined || failure === undefined) return conversation;
      const { code, message, hint } = failure;
      throw new AppError(code, message, { hint, facts: { turn_id: result.turnId, outcome: result.outcome } });
    },
  };
}

/** Returns the conversation of a create whose first turn runs in the background. */
export function detachedConversation<Handle>(
  { agent, workspace }: Omit<Place, "name">,
  detached: Created<Detached>,
  handle: (place: Place) => Handle,
): { conversation: Handle; turnId?: string } {
  const name = detached.created ? detached.turn.name : detached.entry.name;
  const conversation = handle({ name, agent, workspace });
  return detached.created ? { conversation, turnId: detached.turn.turnId } : { conversation };
}
