import type { Created } from "../../app/ask/create.ts";
import type { detachCreate } from "../../app/ask/detach.ts";
import type { Context } from "../../app/context.ts";
import { AppError } from "../../domain/errors.ts";
import { entrySince } from "../../domain/names/renames.ts";
import type { Conversation, DetachedConversation, NewConversation, Place } from "../conversation.ts";
import type { Told } from "./turn.ts";

/** Returns what a create resolves with: its conversation, unless its first turn failed and left none. */
export async function toldOfCreated(
  context: Context,
  { agent, workspace, name }: Place,
  created: Created,
  handle: (place: Place) => Conversation,
): Promise<Told<NewConversation>> {
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
export function detachedConversation(
  { agent, workspace }: Omit<Place, "name">,
  detached: Awaited<ReturnType<typeof detachCreate>>,
  handle: (place: Place) => Conversation,
): DetachedConversation {
  const name = detached.created ? detached.name : detached.entry.name;
  const conversation = handle({ name, agent, workspace });
  return detached.created ? { conversation, turnId: detached.turnId } : { conversation };
}
