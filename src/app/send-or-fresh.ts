import { setTimeout as sleep } from "node:timers/promises";
import { AppError } from "../domain/errors.ts";
import type { Context } from "./context.ts";
import { type CreateRequest, create } from "./create.ts";
import { type Detached, detachCreate, detachSend } from "./detach.ts";
import { NameMoved } from "./name-moved.ts";
import { type ResolvedName, resolveName } from "./resolve-name.ts";
import type { TurnListener } from "./run-turn.ts";
import { type SendRequest, send } from "./send.ts";
import { readyAncestors, readyTranscript } from "./transcript.ts";
import type { TurnResult } from "./turn-result.ts";

/** How often it is looked whether somebody else's new conversation has the name. */
const LOOK_MS = 50;

/**
 * Sends to a name, and where its conversation is lost begins a new one under the name, with the model, effort, role
 * and access of the old. However many do so at once, there is one new conversation: the others continue it.
 *
 * @throws AppError as `send` and `create` do.
 */
export async function sendOrFresh(
  context: Context,
  request: SendRequest,
  listener: TurnListener,
): Promise<TurnResult> {
  for (;;) {
    listener.signal?.throwIfAborted();
    const resolved = await resolveName(context, request.workspace, request.name, request.agent);
    const sent = await unlessLost(() => send(context, { ...request, agent: resolved.scope.agent }, listener));
    if (sent !== undefined && sent.failure?.code !== "conversation_lost") return sent;
    try {
      const created = await create(context, await planFresh(context, request, resolved), listener);
      if (created.created) return created.turn;
    } catch (error) {
      // Somebody else was faster: theirs is the conversation to continue, as soon as it has an id.
      if (error instanceof AppError && error.code === "busy") await sleep(LOOK_MS);
      else if (!(error instanceof NameMoved)) throw error;
    }
  }
}

/**
 * The same for a turn that is left to the background. Where only the agent can tell that the conversation is lost, the
 * turn ends with that.
 *
 * @throws AppError as `detachSend` and `detachCreate` do.
 */
export async function detachSendOrFresh(context: Context, request: SendRequest): Promise<Detached> {
  const resolved = await resolveName(context, request.workspace, request.name, request.agent);
  const isThere = await unlessLost(async () => {
    await requireConversation(context, resolved);
    return true;
  });
  if (isThere) return detachSend(context, { ...request, agent: resolved.scope.agent });
  try {
    const created = await detachCreate(context, await planFresh(context, request, resolved));
    if (created.created) return created;
  } catch (error) {
    if (!(error instanceof NameMoved)) throw error;
  }
  return detachSend(context, request);
}

async function unlessLost<T>(work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof AppError && error.code === "conversation_lost") return undefined;
    throw error;
  }
}

/** @throws AppError `conversation_lost` */
async function requireConversation(context: Context, { scope, entry }: ResolvedName): Promise<void> {
  const agent = context.findAgent(scope.agent);
  const { name, sessionId } = entry;
  const session = context.store.session({ agent: agent.name, sessionId });
  const last = await session.journal.last();
  readyTranscript(context, agent, session.key, last?.transcript, { name, trustTranscript: true });
  await readyAncestors(context, agent, session.key, name);
}

async function planFresh(
  context: Context,
  request: SendRequest,
  { scope, entry }: ResolvedName,
): Promise<CreateRequest> {
  const { name, sessionId } = entry;
  const record = await context.store.session({ agent: scope.agent, sessionId }).record();
  context.notify(`The conversation of ${JSON.stringify(name)} is lost; a new one begins under its name.`);
  return {
    ...request,
    name,
    anyName: true,
    scope,
    agent: scope.agent,
    freshFor: sessionId,
    model: request.model ?? entry.lastModel,
    effort: request.effort ?? entry.lastEffort,
    roleText: record?.roleText,
    access: request.access ?? record?.access,
  };
}
