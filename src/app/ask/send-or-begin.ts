import { AppError } from "../../domain/errors.ts";
import { type NameScope, usualSpelling } from "../../domain/names/name.ts";
import type { Context } from "../context.ts";
import { findName } from "../names/resolve.ts";
import { busyOnLine, refuseBusy } from "../turn/acquire.ts";
import type { Asker } from "./askers/asker.ts";
import { awaitCreator } from "./await-creator.ts";
import { type CreateRequest, createNow } from "./create.ts";
import { planFork } from "./fork.ts";
import { begunBefore } from "./request-id.ts";
import type { SendMode, SendRequest } from "./send-request.ts";

/** How the conversation of a name begins. */
type OrElse = Extract<SendMode, { kind: "or-fork" | "or-create" }>;

/**
 * Sends to a name; if the name does not exist yet, begins a conversation under it. If several processes do so at once, the
 * first one begins it, and the others continue that one.
 */
export async function sendOrBegin<T>(
  context: Context,
  request: SendRequest,
  orElse: OrElse,
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
    const planned: CreateRequest =
      orElse.kind === "or-fork"
        ? await planFork(context, { ...request, name, from: orElse.from })
        : { ...request, name, agent: orElse.agent };
    const scope = { workspace, agent: planned.agent };
    try {
      if (request.ifBusy === "fail") await refuseBusyParent(context, scope, planned, orElse);
      const begun = await createNow(context, planned, runner, signal);
      if (begun.created) return begun.turn;
    } catch (error) {
      // Another process was faster. Its conversation gets the name once it has an id, or the reservation is deleted.
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
  { begins }: CreateRequest,
  orElse: OrElse,
): Promise<void> {
  if (begins?.forkOf === undefined || orElse.kind !== "or-fork") return;
  const asked = { label: orElse.from, workspace };
  if (context.line === undefined) return refuseBusy(context, { agent, sessionId: begins.forkOf }, asked);
  // Who begins a fork reads the parent until the fork has a conversation of its own.
  const turns = await (await context.line.open()).list({ agent });
  const holder = turns.find(
    ({ order, sessionId = order.sessionId }) =>
      sessionId === begins.forkOf ||
      (sessionId === undefined &&
        order.begins?.continuity === "forked" &&
        order.begins.forkOf === begins.forkOf),
  );
  if (holder !== undefined) throw busyOnLine(context, asked, holder);
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
