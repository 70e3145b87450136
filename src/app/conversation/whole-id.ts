import type { Agent } from "../../domain/agent/agent.ts";
import { idThatBegins, SHORTEST_PREFIX } from "../../domain/id-prefix.ts";
import { findFiles } from "../../system/files/find.ts";
import type { Context } from "../context.ts";

/**
 * Returns the id of the conversation that a text begins, of those that the agents have on disk and those in which
 * turns of ours ran; the same text if it is a whole id, or if there is no such conversation.
 *
 * @throws AppError `usage` if several ids begin with it
 */
export async function wholeSessionId(
  context: Context,
  agents: readonly Agent[],
  given: string,
): Promise<string> {
  // Looked at first: to search all folders takes time, and a whole id is the beginning of no other one.
  if (given.length < SHORTEST_PREFIX || agents.some((agent) => agent.isSessionId(given))) return given;
  const ids: string[] = [];
  for (const agent of agents) {
    const place = agent.conversations?.place(undefined, context.env);
    if (place === undefined) continue;
    const { root, folders, sessionIdOf } = place;
    const isMeant = (file: string) => sessionIdOf(file)?.startsWith(given) === true;
    for (const { name } of findFiles(root, folders, isMeant)) ids.push(sessionIdOf(name) ?? "");
  }
  const names = agents.map(({ name }) => name);
  for await (const { agent, sessionId } of context.store.sessions())
    if (names.includes(agent) && sessionId.startsWith(given)) ids.push(sessionId);
  return idThatBegins(given, ids, "conversations") ?? given;
}
