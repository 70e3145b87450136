import type { Context } from "../context.ts";
import { resolveName } from "./resolve.ts";

/** A name that was removed, and what it pointed at. */
export interface Removed {
  name: string;
  agent: string;
  sessionId: string;
  /** The turn that runs in the conversation and goes on; absent where none does. */
  runningTurnId?: string | undefined;
}

/** The conversation itself stays: the agent's transcript, our copy of it and the journal. */
export async function remove(
  context: Context,
  request: { name: string; workspace: string; agent?: string | undefined },
): Promise<Removed> {
  const { scope, entry } = await resolveName(context, request.workspace, request.name, request.agent);
  // Only for the result: a turn that can't be settled does not prevent the removal of the name.
  const [running] = await context.runner
    .unended({ agent: scope.agent, sessionId: entry.sessionId })
    .catch(() => []);
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
    runningTurnId: running?.turnId,
  };
}
