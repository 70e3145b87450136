import { AppError } from "../../domain/errors.ts";
import { type NameScope, usualSpelling } from "../../domain/names/name.ts";
import type { Context } from "../context.ts";
import { readyParent } from "../conversation/parent.ts";
import { findName, resolveName } from "../names/resolve.ts";
import { refuseBusy } from "../turn/acquire.ts";
import type { TurnOptions } from "../turn/plan.ts";
import { settingsFor } from "../turn/remembered.ts";
import type { Asker } from "./askers/asker.ts";
import { awaitCreator, type Created, type CreateRequest, create, createNow } from "./create.ts";
import { begunBefore, type RequestId } from "./request-id.ts";
import type { SendRequest } from "./send-request.ts";

export interface ForkRequest extends TurnOptions {
  /** The conversation to fork, the parent. It does not change. */
  from: string;
  /** The name of the fork. */
  name: string;
  /** Absolute, with symbolic links resolved. */
  workspace: string;
  /** Needed only where two agents own the parent's name. */
  agent?: string | undefined;
  /** Without one, the smallest possible first turn is made: an agent forks only with a prompt. */
  prompt?: string | undefined;
  /** As for `create`. */
  request?: RequestId | undefined;
}

/**
 * Starts a conversation that begins with the history of another, and names it. The fork has the settings that
 * the parent's name remembers.
 *
 * @throws AppError `no_such_name` and `ambiguous_name` for the parent's name, `unsupported` where the agent
 * can't fork, `conversation_lost`, and what `create` throws. A turn that failed is a result, not an
 * exception.
 */
export async function fork<T>(context: Context, request: ForkRequest, runner: Asker<T>): Promise<Created<T>> {
  return create(context, await planFork(context, request), runner);
}

/** Returns the create that makes the fork. */
export async function planFork(context: Context, request: ForkRequest): Promise<CreateRequest> {
  const { from, workspace, name, ...options } = request;
  const { scope, entry } = await resolveName(context, workspace, from, request.agent);
  const agent = context.findAgent(scope.agent);
  if (agent.can.fork === false) {
    throw new AppError("unsupported", `${agent.title} can't fork a conversation.`, {
      hint: `Create another one, and tell it what it has to know. See what each agent can do with: ${context.wording.step("agents")}`,
    });
  }
  const record = await context.store.session({ agent: agent.name, sessionId: entry.sessionId }).record();
  // Checked before there is a turn, to report a problem of the parent early.
  await readyParent(context, { agent: agent.name, sessionId: entry.sessionId }, from);
  return {
    ...options,
    name,
    agent: agent.name,
    workspace,
    begins: { continuity: "forked", forkOf: entry.sessionId },
    ...settingsFor(context, agent, request, entry),
    roleText: record?.roleText,
    isRoleChanged: record?.isRoleChanged,
    access: request.access ?? record?.access,
    prompt:
      request.prompt ??
      `This conversation is a fork named ${JSON.stringify(name)} from here on. Reply with OK and nothing else.`,
  };
}

/**
 * Sends to a name; if the name does not exist yet, creates it as a fork of another conversation. If several
 * processes do so at once, the first one forks, and the others continue that fork.
 */
export async function sendOrFork<T>(
  context: Context,
  request: SendRequest,
  from: string,
  runner: Asker<T>,
  signal: AbortSignal | undefined,
): Promise<T> {
  const { workspace } = request;
  const name = usualSpelling(request.name);
  for (;;) {
    signal?.throwIfAborted();
    if (await exists(context, request)) {
      // Asked now that there is a name: a request that begins a conversation is claimed before its name is there.
      const begun = await begunByRequest(context, request, runner, signal);
      return begun ?? runner.send(context, request, signal);
    }
    const planned = await planFork(context, { ...request, name, from });
    const scope = { workspace, agent: planned.agent };
    try {
      if (request.ifBusy === "fail") await refuseBusyParent(context, scope, from, planned);
      const begun = await createNow(context, planned, runner, signal);
      if (begun.created) return begun.turn;
    } catch (error) {
      // Another process was faster. Its fork gets the name once it has an id, or deletes the reservation.
      const isTaken = error instanceof AppError && (error.code === "name_exists" || error.code === "busy");
      if (!isTaken || !(await isTakenNow(context, scope, name))) throw error;
      if (error.code === "busy" && request.ifBusy === "fail") throw error;
      await awaitCreator(context, scope, name, signal);
    }
  }
}

/** Returns what came of an earlier request of the same id that has begun the conversation of the name. */
export async function begunByRequest<T>(
  context: Context,
  { request, prompt, workspace, agent, name }: SendRequest,
  runner: Asker<T>,
  signal: AbortSignal | undefined,
): Promise<T | undefined> {
  if (request === undefined) return undefined;
  const { again } = runner;
  return begunBefore(context, { workspace, agent, name }, { request, prompt, signal, again });
}

/** Refuses a busy parent: a fork would wait for the turn that runs in it. */
async function refuseBusyParent(
  context: Context,
  { workspace, agent }: NameScope,
  label: string,
  { begins }: CreateRequest,
): Promise<void> {
  const sessionId = begins?.forkOf;
  if (sessionId !== undefined) await refuseBusy(context, { agent, sessionId }, { label, workspace });
}

async function exists(context: Context, { workspace, name, agent }: SendRequest): Promise<boolean> {
  const agents = context.agentsOf(agent);
  for (const known of agents) {
    if ((await findName(context, { workspace, agent: known.name }, name)).entry !== undefined) return true;
  }
  return false;
}

async function isTakenNow(context: Context, scope: NameScope, name: string): Promise<boolean> {
  const { entries, reserved } = await context.store.list(scope);
  return entries.has(name) || reserved.has(name);
}
