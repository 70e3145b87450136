import type { Context } from "../context.ts";
import { settleSession } from "../turn/settle.ts";
import { resolveName } from "./resolve.ts";

/** A name that was taken away, and what it pointed at. */
export interface Removed {
  name: string;
  agent: string;
  sessionId: string;
  /** The turn that runs in the conversation, and goes on to its end; absent where none does. */
  runningTurnId?: string;
}

/**
 * Takes a name away. The conversation itself stays: the agent's transcript, our copy of it and the journal.
 *
 * @throws AppError `no_such_name`, `ambiguous_name`
 */
export async function remove(
  context: Context,
  request: { name: string; workspace: string; agent?: string | undefined },
): Promise<Removed> {
  const { scope, entry } = await resolveName(context, request.workspace, request.name, request.agent);
  // Only to be told: a turn that can't be read keeps no name from being removed.
  const [running] = await settleSession(context, scope.agent, entry.sessionId).catch(() => []);
  let removed = entry;
  await context.store.update(scope, (names) => {
    const now = names.entries.get(entry.name);
    if (now === undefined) return [];
    removed = now;
    return [{ op: "remove", name: entry.name, reason: "remove" }];
  });
  return {
    name: removed.name,
    agent: scope.agent,
    sessionId: removed.sessionId,
    ...(running === undefined ? {} : { runningTurnId: running.plan.turnId }),
  };
}
