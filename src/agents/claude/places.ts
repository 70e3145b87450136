import { join } from "node:path";
import type { AgentEnvironment } from "../../domain/agent/agent.ts";

/** Where claude 2.1.329 keeps what is its own. */
export function configFolder(environment: AgentEnvironment): string {
  return environment.CLAUDE_CONFIG_DIR || join(environment.HOME || "/", ".claude");
}

/** The folder that holds a folder of transcripts for each workspace. */
export function projectsFolder(environment: AgentEnvironment): string {
  return join(configFolder(environment), "projects");
}

/** The longest name that claude 2.1.329 gives to a project's folder before it cuts it and adds a hash. */
const PROJECT_FOLDER_LENGTH = 200;

/**
 * A test for the folders that may hold the conversations of a workspace: claude 2.1.329 puts a dash for all but
 * letters and digits, so others may be meant by it as well.
 */
export function projectFolder(workspace: string): RegExp {
  const start = workspace.slice(0, PROJECT_FOLDER_LENGTH).replace(/[^A-Za-z0-9]/g, ".");
  return new RegExp(`^${start}${workspace.length > PROJECT_FOLDER_LENGTH ? "" : "$"}`);
}

export function resumeArgs(sessionId: string): string[] {
  return ["--resume", sessionId];
}
