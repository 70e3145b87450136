import { AppError } from "../../domain/errors.ts";
import type { NameScope } from "../../domain/names/name.ts";
import type { Context } from "../context.ts";
import { findName } from "../names/resolve.ts";
import { refuseBusy } from "../turn/acquire.ts";
import type { TurnResult } from "../turn/ending/result.ts";
import { withDeadline } from "../turn/running/deadline.ts";
import type { TurnListener } from "../turn/running/listener.ts";
import { awaitCreator } from "./await-creator.ts";
import { type CreateRequest, create } from "./create.ts";
import { type Detached, detachCreate, detachSend } from "./detach.ts";
import { planFork } from "./fork.ts";
import { type SendRequest, send } from "./send.ts";

interface ForkingRequest extends SendRequest {
  forkFrom: string;
}

/**
 * Sends to a name; if the name does not exist yet, creates it as a fork of another conversation. If several
 * processes do so at once, the first one forks, and the others continue that fork.
 *
 * @throws AppError as `fork` and `send` do.
 */
export async function sendOrFork(
  context: Context,
  request: ForkingRequest,
  listener: TurnListener,
): Promise<TurnResult> {
  return withDeadline(context, request, listener.signal, (asked, signal) => {
    const heard = { ...listener, signal };
    return sendOrBegin(context, asked, signal, {
      send: (to) => send(context, to, heard),
      begin: async (planned) => {
        const created = await create(context, planned, heard);
        return created.created ? created.turn : undefined;
      },
    });
  });
}

/**
 * Does the same for a turn that runs in the background.
 *
 * @throws AppError as `detachSend` and `detachCreate` do.
 */
export async function detachSendOrFork(context: Context, request: ForkingRequest): Promise<Detached> {
  return withDeadline(context, request, undefined, (asked, signal) =>
    sendOrBegin(context, asked, signal, {
      send: (to) => detachSend(context, to),
      begin: async (planned) => {
        const created = await detachCreate(context, planned);
        return created.created ? created : undefined;
      },
    }),
  );
}

interface Ways<T> {
  /** Continues the conversation of the name. */
  send(request: SendRequest): Promise<T>;
  /** Begins the conversation; undefined if another process was faster. */
  begin(planned: CreateRequest): Promise<T | undefined>;
}

async function sendOrBegin<T>(
  context: Context,
  request: ForkingRequest,
  signal: AbortSignal | undefined,
  { send, begin }: Ways<T>,
): Promise<T> {
  const { forkFrom, workspace } = request;
  const name = request.name.trim().normalize("NFC");
  for (;;) {
    signal?.throwIfAborted();
    if (await exists(context, request)) return send(request);
    const planned = await planFork(context, { ...request, name, from: forkFrom });
    const scope = { workspace, agent: planned.agent };
    try {
      if (request.ifBusy === "fail") await refuseBusyTrunk(context, scope, forkFrom, planned);
      const begun = await begin(planned);
      if (begun !== undefined) return begun;
    } catch (error) {
      // Another process was faster. Its fork gets the name once it has an id, or deletes the reservation.
      const isTaken = error instanceof AppError && (error.code === "name_exists" || error.code === "busy");
      if (!isTaken || !(await isTakenNow(context, scope, name))) throw error;
      if (error.code === "busy" && request.ifBusy === "fail") throw error;
      await awaitCreator(context, scope, name, signal);
    }
  }
}

/** Refuses a busy parent: a fork would wait for the turn that runs in it. */
async function refuseBusyTrunk(
  context: Context,
  { workspace, agent }: NameScope,
  label: string,
  { forkOf }: CreateRequest,
): Promise<void> {
  if (forkOf !== undefined) await refuseBusy(context, { agent, sessionId: forkOf }, { label, workspace });
}

async function exists(context: Context, { workspace, name, agent }: SendRequest): Promise<boolean> {
  const agents = agent === undefined ? context.agents : [context.findAgent(agent)];
  for (const known of agents) {
    if ((await findName(context, { workspace, agent: known.name }, name)) !== undefined) return true;
  }
  return false;
}

async function isTakenNow(context: Context, scope: NameScope, name: string): Promise<boolean> {
  const { entries, reserved } = await context.store.list(scope);
  return entries.has(name) || reserved.has(name);
}
