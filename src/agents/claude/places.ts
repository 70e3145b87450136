import { join } from "node:path";
import type { AgentEnvironment } from "../../domain/agent/places.ts";

/** Returns the folder where claude 2.1.329 keeps its own files. */
export function configFolder(environment: AgentEnvironment): string {
  return environment.CLAUDE_CONFIG_DIR || join(environment.HOME || "/", ".claude");
}

/** Returns the folder that holds one folder of transcripts for each workspace. */
export function projectsFolder(environment: AgentEnvironment): string {
  return join(configFolder(environment), "projects");
}

/** A project folder's name that is longer than this is cut by claude 2.1.329, which then adds a hash. */
const PROJECT_FOLDER_LENGTH = 200;

/**
 * Returns a test for the folders that may hold the conversations of a workspace. claude 2.1.329 replaces
 * every character except letters and digits by a dash, so the folder of another workspace may pass the test
 * too.
 */
export function projectFolder(workspace: string): RegExp {
  const start = workspace.slice(0, PROJECT_FOLDER_LENGTH).replace(/[^A-Za-z0-9]/g, ".");
  return new RegExp(`^${start}${workspace.length > PROJECT_FOLDER_LENGTH ? "" : "$"}`);
}

/** Returns the name that claude 2.1.332 gives to the folder of a workspace; a long one has another end there. */
export function projectFolderName(workspace: string): string {
  return workspace.replace(/[^A-Za-z0-9]/g, "-").slice(0, PROJECT_FOLDER_LENGTH);
}

export function resumeArgs(sessionId: string): string[] {
  return ["--resume", sessionId];
}
