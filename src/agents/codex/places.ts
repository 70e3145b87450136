import { join } from "node:path";
import type { AgentEnvironment } from "../../domain/agent/places.ts";

/** Returns the folder where codex 0.169.0 keeps its own files. */
export function configFolder(environment: AgentEnvironment): string {
  return environment.CODEX_HOME || join(environment.HOME || "/", ".codex");
}

/** Returns the folder that holds the transcripts of all workspaces, by date. */
export function sessionsFolder(environment: AgentEnvironment): string {
  return join(configFolder(environment), "sessions");
}

export function resumeArgs(sessionId: string): string[] {
  return ["resume", sessionId];
}
