import { setTimeout as sleep } from "node:timers/promises";
import { AppError } from "../../domain/errors.ts";
import { knownState } from "../../domain/session/known-state.ts";
import type { Context } from "../context.ts";
import { readyAncestors, readyTranscript } from "../conversation/transcript.ts";
import { NameMoved, type ResolvedName, resolveName } from "../names/resolve.ts";
import type { TurnResult } from "../turn/ending/result.ts";
import { settingsFor } from "../turn/remembered.ts";
import { withDeadline } from "../turn/running/deadline.ts";
import type { TurnListener } from "../turn/running/listener.ts";
import { awaitCreator } from "./await-creator.ts";
import { type CreateRequest, create } from "./create.ts";
import { type Detached, detachCreate, detachSend } from "./detach.ts";
import { type SendRequest, send } from "./send.ts";

/** The pause before a command checks again whether another process's new conversation has the name. */
const LOOK_MS = 50;

/**
 * Sends to a name; if its conversation is lost, begins a new one under the name, with the model, effort, role
 * and access of the old one. If several processes do so at once, one begins the new conversation, and the
 * others continue it.
 *
 * @throws AppError as `send` and `create` do.
 */
export async function sendOrFresh(
  context: Context,
  request: SendRequest,
  listener: TurnListener,
): Promise<TurnResult> {
  return withDeadline(context, request, listener.signal, (asked, signal) => {
    const heard = { ...listener, signal };
    return sendOrBegin(context, asked, signal, {
      send: async (to) => {
        const sent = await unlessLost(() => send(context, to, heard));
        return sent?.failure?.code === "conversation_lost" ? undefined : sent;
      },
      begin: async (planned) => {
        const created = await create(context, planned, heard);
        return created.created ? created.turn : undefined;
      },
    });
  });
}

/**
 * Does the same for a turn that runs in the background. If only the agent can find out that the conversation
 * is lost, the turn ends with that failure.
 *
 * @throws AppError as `detachSend` and `detachCreate` do.
 */
export async function detachSendOrFresh(
  context: Context,
  request: SendRequest,
  signal?: AbortSignal,
): Promise<Detached> {
  return withDeadline(context, request, signal, (asked, ending) =>
    sendOrBegin(context, asked, ending, {
      send: (to, resolved) =>
        unlessLost(async () => {
          await requireConversation(context, resolved);
          return detachSend(context, to);
        }),
      begin: async (planned) => {
        const created = await detachCreate(context, planned);
        return created.created ? created : undefined;
      },
    }),
  );
}

/**
 * Continues a conversation, or begins a new one. Each returns undefined if it did not: the conversation is
 * lost, or no new one was created.
 */
interface Ways<T> {
  send(request: SendRequest, resolved: ResolvedName): Promise<T | undefined>;
  begin(planned: CreateRequest): Promise<T | undefined>;
}

async function sendOrBegin<T>(
  context: Context,
  request: SendRequest,
  signal: AbortSignal | undefined,
  { send, begin }: Ways<T>,
): Promise<T> {
  for (;;) {
    signal?.throwIfAborted();
    const resolved = await resolveName(context, request.workspace, request.name, request.agent);
    const sent = await send({ ...request, agent: resolved.scope.agent }, resolved);
    if (sent !== undefined) return sent;
    try {
      const begun = await begin(await planFresh(context, request, resolved));
      if (begun !== undefined) return begun;
    } catch (error) {
      if (error instanceof NameMoved) continue;
      // Another process was faster: continue its conversation once it has an id.
      const isTaken = error instanceof AppError && error.code === "busy";
      if (!isTaken || request.ifBusy === "fail") throw error;
      await awaitCreator(context, resolved.scope, resolved.entry.name, signal);
      await sleep(LOOK_MS);
    }
  }
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
  const { transcript } = knownState(await session.record(), await session.journal.last());
  readyTranscript(context, agent, session.key, transcript, { name, trustTranscript: true });
  await readyAncestors(context, agent, session.key, name);
}

async function planFresh(
  context: Context,
  request: SendRequest,
  { scope, entry }: ResolvedName,
): Promise<CreateRequest> {
  const { name, sessionId } = entry;
  const record = await context.store.session({ agent: scope.agent, sessionId }).record();
  return {
    ...request,
    name,
    scope,
    agent: scope.agent,
    freshFor: sessionId,
    ...settingsFor(context, context.findAgent(scope.agent), request, entry),
    roleText: record?.roleText,
    access: request.access ?? record?.access,
  };
}
