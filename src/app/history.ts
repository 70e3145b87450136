import type { TurnEnded } from "../domain/session.ts";
import type { Context } from "./context.ts";
import { resolveName } from "./resolve-name.ts";

export interface History {
  name: string;
  agent: string;
  sessionId: string;
  /** Oldest first. */
  turns: TurnEnded[];
}

/** The turns of a conversation with their texts. @throws AppError `no_such_name`, `ambiguous_name` */
export async function history(
  context: Context,
  request: { name: string; workspace: string; agent?: string | undefined; last?: number | undefined },
): Promise<History> {
  const { scope, entry } = await resolveName(context, request.workspace, request.name, request.agent);
  const turns = await context.store
    .session({ agent: scope.agent, sessionId: entry.sessionId })
    .journal.read();
  const { last } = request;
  return {
    name: entry.name,
    agent: scope.agent,
    sessionId: entry.sessionId,
    turns: last === undefined ? turns : turns.slice(Math.max(0, turns.length - last)),
  };
}
