import { setTimeout as sleep } from "node:timers/promises";
import { AppError } from "../../domain/errors.ts";
import type { Context } from "../context.ts";
import { NameMoved, type ResolvedName, resolveName } from "../names/resolve.ts";
import { settingsFrom } from "../turn/remembered.ts";
import type { Asker } from "./askers/asker.ts";
import { awaitCreator } from "./await-creator.ts";
import { type CreateRequest, createNow } from "./create.ts";
import { begunByRequest } from "./send-or-begin.ts";
import type { SendRequest } from "./send-request.ts";

/** The pause before a command checks again whether another process's new conversation has the name. */
const LOOK_MS = 50;

/**
 * Sends to a name; if its conversation is lost, begins a new one under the name, with the model, effort, role
 * and access of the old one. If several processes do so at once, one begins the new conversation, and the
 * others continue it. In the background, a turn ends with `conversation_lost` if only the agent can find out.
 */
export async function sendOrFresh<T>(
  context: Context,
  request: SendRequest,
  runner: Asker<T>,
  signal: AbortSignal | undefined,
): Promise<T> {
  for (;;) {
    signal?.throwIfAborted();
    const resolved = await resolveName(context, request.workspace, request.name, request.agent);
    const { scope, entry } = resolved;
    // Asked for each conversation of the name: a request that begins one is claimed before the name points at it.
    const before = await begunByRequest(context, request, runner, signal);
    if (before !== undefined) return before;
    const sent = await runner.sendUnlessLost(context, { ...request, agent: scope.agent }, resolved, signal);
    if (sent !== undefined) return sent;
    try {
      const begun = await createNow(context, await planFresh(context, request, resolved), runner, signal);
      if (begun.created) return begun.turn;
    } catch (error) {
      if (error instanceof NameMoved) continue;
      // Another process was faster: continue its conversation once it has an id.
      const isTaken = error instanceof AppError && error.code === "busy";
      if (!isTaken || request.ifBusy === "fail") throw error;
      await awaitCreator(context, scope, entry.name, signal);
      await sleep(LOOK_MS);
    }
  }
}

/** Returns undefined instead of failing with `conversation_lost`. */
export async function unlessLost<T>(work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof AppError && error.code === "conversation_lost") return undefined;
    throw error;
  }
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
    begins: { continuity: "fresh", freshFor: sessionId },
    ...settingsFrom(context, context.findAgent(scope.agent), request, { entry, access: record?.access }),
    roleText: record?.roleText,
  };
}
