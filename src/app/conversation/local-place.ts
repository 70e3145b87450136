import { dirname, join } from "node:path";
import type { Agent } from "../../domain/agent/agent.ts";
import type { AgentEnvironment } from "../../domain/agent/places.ts";
import type { LocalPlace } from "../../domain/session/transcript-store.ts";
import { findFile, findFiles } from "../../system/files/find.ts";

/** Returns where an agent's files of a conversation are here, or go; undefined for an agent whose conversations stay. */
export function localPlace(
  agent: Agent,
  sessionId: string,
  begun: { workspace: string; createdAt: Date },
  environment: AgentEnvironment,
): LocalPlace | undefined {
  const search = agent.transcript?.(sessionId, environment);
  if (agent.travel === undefined || search === undefined) return undefined;
  const { root, folders, file, sideFolder } = search;
  const transcript =
    findFile(root, folders, file, search) ?? agent.travel.place(sessionId, begun, environment);
  return {
    transcript,
    sideFolder: sideFolder && join(dirname(transcript), sideFolder),
    others: () =>
      findFiles(root, folders, (name) => file.test(name)).flatMap(({ path }) =>
        path === transcript ? [] : [path],
      ),
  };
}
