import { AppError } from "../domain/errors.ts";
import type { Context } from "./context.ts";
import { create } from "./create.ts";
import { type Detached, detachCreate, detachSend } from "./detach.ts";
import { planFork } from "./fork.ts";
import type { TurnListener } from "./run-turn.ts";
import { type SendRequest, send } from "./send.ts";
import type { TurnResult } from "./turn-result.ts";

/** How often it is looked whether somebody else's fork has its name. */
const LOOK_MS = 50;

/**
 * Sends to a name, and forks another conversation for it where it does not exist yet. However many do so at
 * once, there is one fork: the first forks, and the others continue it.
 *
 * @throws AppError as `fork` and `send` do.
 */
export async function sendOrFork(
  context: Context,
  request: SendRequest & { forkFrom: string },
  listener: TurnListener,
): Promise<TurnResult> {
  const { forkFrom, workspace, name } = request;
  for (;;) {
    listener.signal?.throwIfAborted();
    if (await exists(context, request)) return send(context, request, listener);
    const planned = await planFork(context, { ...request, from: forkFrom });
    try {
      const created = await create(context, planned, listener);
      if (created.created) return created.turn;
    } catch (error) {
      // Somebody else was faster. Their fork gets its name as soon as it has an id, or gives the name up.
      const isTaken = error instanceof AppError && (error.code === "name_exists" || error.code === "busy");
      if (!isTaken || !(await isTakenNow(context, { workspace, agent: planned.agent }, name))) throw error;
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
  }
}

/** The same for a turn that is left to the background. @throws AppError as `detachSend` and `detachCreate` do. */
export async function detachSendOrFork(
  context: Context,
  request: SendRequest & { forkFrom: string },
): Promise<Detached> {
  if (await exists(context, request)) return detachSend(context, request);
  const planned = await planFork(context, { ...request, from: request.forkFrom });
  const created = await detachCreate(context, planned);
  return created.created ? created : detachSend(context, request);
}

async function exists(context: Context, { workspace, name, agent }: SendRequest): Promise<boolean> {
  const agents = agent === undefined ? context.agents : [context.findAgent(agent)];
  for (const known of agents) {
    if ((await context.store.get({ workspace, agent: known.name }, name)) !== undefined) return true;
  }
  return false;
}

async function isTakenNow(
  context: Context,
  scope: { workspace: string; agent: string },
  name: string,
): Promise<boolean> {
  const { entries, reserved } = await context.store.list(scope);
  return entries.has(name) || reserved.has(name);
}
