import type { Access } from "../../domain/agent/access.ts";
import type { NameEntry, NameScope } from "../../domain/names/name.ts";
import { entrySince } from "../../domain/names/renames.ts";
import type { SessionFolder } from "../../domain/store.ts";
import type { Context } from "../context.ts";
import { NameMoved, type ResolvedName } from "../names/resolve.ts";
import type { TurnResult } from "../turn/ending/result.ts";
import { settingsFor } from "../turn/remembered.ts";
import { checkRetry } from "../turn/retry.ts";
import type { TurnListener } from "../turn/running/listener.ts";
import type { TurnTicket } from "../turn/ticket.ts";
import { type ContinueRequest, continueSession } from "./continue.ts";
import type { Follow } from "./request-id.ts";
import type { SendRequest } from "./send-request.ts";

/**
 * Sends as soon as the conversation is free, to the conversation that the name points at by then: follows a
 * name that another turn moves during the wait, by `/clear`, and a name that is renamed.
 *
 * @throws AppError as `send` does
 */
export async function sendWhenFree(
  context: Context,
  request: SendRequest & { ticket: TurnTicket },
  listener: TurnListener,
  resolve: () => Promise<ResolvedName>,
  follow: Follow,
): Promise<TurnResult> {
  let resolved = await resolve();
  await follow(resolved);
  for (;;) {
    const { scope, entry } = resolved;
    try {
      const asked = await requestFor(context, request, scope, entry);
      return await continueSession(context, { ...asked, ticket: request.ticket }, listener);
    } catch (error) {
      if (!(error instanceof NameMoved)) throw error;
      const moved = entrySince(await context.store.list(scope), entry.name, entry.sessionId);
      resolved = moved === undefined ? await resolve() : { scope, entry: moved };
      await follow(resolved);
    }
  }
}

/** Returns the access that a conversation was created with, where settings could say another one. */
export async function accessOf(context: Context, session: SessionFolder): Promise<Access | undefined> {
  return context.defaults === undefined ? undefined : (await session.record())?.access;
}

/** Returns the request for a turn of a name, with the settings that the name remembers. */
export async function requestFor(
  context: Context,
  request: SendRequest,
  scope: NameScope,
  entry: NameEntry,
): Promise<Omit<ContinueRequest, "ticket">> {
  const { name, sessionId } = entry;
  const { workspace: cwd, mode, ...options } = request;
  const isRetry = mode.kind === "retry";
  const session = context.store.session({ agent: scope.agent, sessionId });
  const agent = context.findAgent(scope.agent);
  return {
    ...options,
    scope,
    name,
    sessionId,
    cwd,
    isRetry,
    prompt: isRetry ? checkRetry(context, await session.journal.last(), name).prompt : options.prompt,
    ...settingsFor(context, agent, options, { entry, access: await accessOf(context, session) }),
  };
}
