import { join } from "node:path";
import type { AgentEnvironment } from "../../domain/agent/places.ts";

/** Returns the folder where copilot 1.0.102 keeps its own files. */
export function configFolder(environment: AgentEnvironment): string {
  return environment.COPILOT_HOME || join(environment.HOME || "/", ".copilot");
}

/** Returns the folder that holds one folder for each conversation. */
export function sessionsFolder(environment: AgentEnvironment): string {
  return join(configFolder(environment), "session-state");
}
