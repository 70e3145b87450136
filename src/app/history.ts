import type { TurnEnded } from "../domain/session.ts";
import type { Context } from "./context.ts";
import { ownKeysOf } from "./lineage.ts";
import { resolveName } from "./resolve-name.ts";

export interface History {
  name: string;
  agent: string;
  sessionId: string;
  /** Oldest first, those of conversations that the name has moved on from included. */
  turns: (TurnEnded & { sessionId: string })[];
}

/** The turns of a conversation with their texts, but for what came before a fork. @throws AppError `no_such_name`, `ambiguous_name` */
export async function history(
  context: Context,
  request: { name: string; workspace: string; agent?: string | undefined; last?: number | undefined },
): Promise<History> {
  const { scope, entry } = await resolveName(context, request.workspace, request.name, request.agent);
  const turns: History["turns"] = [];
  for (const key of await ownKeysOf(context, { agent: scope.agent, sessionId: entry.sessionId })) {
    const { sessionId } = key;
    const said = await context.store.session(key).journal.read();
    turns.unshift(...said.map((turn) => ({ ...turn, sessionId })));
  }
  const { last } = request;
  return {
    name: entry.name,
    agent: scope.agent,
    sessionId: entry.sessionId,
    turns: last === undefined ? turns : turns.slice(Math.max(0, turns.length - last)),
  };
}
