import type { NameEntry, NameScope } from "../../domain/names/name.ts";
import { entrySince } from "../../domain/names/renames.ts";
import type { Context } from "../context.ts";
import type { ResolvedName } from "../names/resolve.ts";
import { NameMoved } from "../names/resolve.ts";
import { resolveOrRebind } from "../names/resolve-or-rebind.ts";
import type { TurnResult } from "../turn/ending/result.ts";
import { settingsFor } from "../turn/remembered.ts";
import { startDeadline } from "../turn/running/deadline.ts";
import type { TurnListener } from "../turn/running/listener.ts";
import { newTicket, type TurnTicket } from "../turn/ticket.ts";
import { askOnce, type Follow } from "./ask-once.ts";
import { type ContinueRequest, continueSession, type SendOptions } from "./continue.ts";
import { refuseOther } from "./last-used.ts";
import { checkRetry } from "./retry.ts";

export interface SendRequest extends SendOptions {
  name: string;
  /** Needed only where two agents own the name. */
  agent?: string | undefined;
  workspace: string;
  /** A conversation that the caller has used: send only to that one or its successors. */
  usedId?: string | undefined;
  /** Rebind a name that is missing here, if exactly one workspace that is gone has it. */
  mayRebind?: boolean | undefined;
}

/**
 * Runs one turn in the conversation that a name points at when the turn gets its lock. Follows a name that
 * another turn moves during the wait, by `/clear`, and a name that is renamed.
 *
 * @throws AppError `no_such_name`, `ambiguous_name`, `busy`, `own_conversation`, `conversation_lost`,
 * `conversation_changed`, `deadline` when that passed before the turn could begin, and what `checkTurn`
 * throws. A turn that failed is a result, not an exception.
 */
export async function send(
  context: Context,
  request: SendRequest,
  listener: TurnListener,
): Promise<TurnResult> {
  let reboundFrom: string | undefined;
  const deadline = startDeadline(context, { ...request, signal: listener.signal });
  try {
    const ticket = newTicket(context, deadline?.at ?? request.deadlineAt);
    const signal = deadline?.signal ?? listener.signal;
    const resolve = async () => {
      const resolved = await resolveOrRebind(context, request);
      reboundFrom ??= resolved.reboundFrom;
      return resolved;
    };
    const ask = (follow?: Follow) =>
      sendWhenFree(context, { ...request, ticket }, { ...listener, signal }, resolve, async (to) => {
        await refuseOther(context, to, request.usedId);
        await follow?.(to);
      });
    const { requestId: id, prompt, onUnknown } = request;
    const asked = { prompt, onUnknown, signal, onPlaced: listener.onPlaced };
    const turn =
      id === undefined ? await ask() : await askOnce(context, resolve, { ...asked, id }, ticket, ask);
    return reboundFrom === undefined ? turn : { ...turn, reboundFrom };
  } finally {
    deadline?.stop();
  }
}

/** Sends as soon as the conversation is free, to the conversation that the name points at by then. */
export async function sendWhenFree(
  context: Context,
  options: SendOptions & { workspace: string; ticket: TurnTicket },
  listener: TurnListener,
  resolve: () => Promise<ResolvedName>,
  follow: Follow = async () => undefined,
): Promise<TurnResult> {
  let resolved = await resolve();
  await follow(resolved);
  for (;;) {
    const { scope, entry } = resolved;
    try {
      const request = await requestFor(context, options, scope, entry);
      return await continueSession(context, { ...request, ticket: options.ticket }, listener);
    } catch (error) {
      if (!(error instanceof NameMoved)) throw error;
      const moved = entrySince(await context.store.list(scope), entry.name, entry.sessionId);
      resolved = moved === undefined ? await resolve() : { scope, entry: moved };
      await follow(resolved);
    }
  }
}

/** Returns the request for a turn of a name, with the settings that the name remembers. */
export async function requestFor(
  context: Context,
  options: SendOptions & { workspace: string },
  scope: NameScope,
  entry: NameEntry,
): Promise<Omit<ContinueRequest, "ticket">> {
  const { name, sessionId } = entry;
  const session = context.store.session({ agent: scope.agent, sessionId });
  return {
    ...options,
    scope,
    name,
    sessionId,
    cwd: options.workspace,
    prompt: options.isRetry ? checkRetry(await session.journal.last(), name).prompt : options.prompt,
    ...settingsFor(context, context.findAgent(scope.agent), options, entry),
  };
}
