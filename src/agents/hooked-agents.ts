import type { AgentEnvironment } from "../domain/agent/places.ts";
import { agentOf, type Checkpoint, type CheckpointAgent } from "../domain/checkpoint/checkpoint.ts";
import * as claude from "./claude/places.ts";
import * as codex from "./codex/places.ts";

/**
 * The part of an agent that the plugin needs when its hooks are called. This keeps the plugin's program
 * small.
 */
export interface HookedAgent {
  /** The command that opens a conversation again. */
  resumeWords(sessionId: string): string[];
  /** The folder below which all transcripts are. */
  transcriptsFolder(environment: AgentEnvironment): string;
  /**
   * Whether the agent itself stores the transcript of a conversation of `project` at `path` below that
   * folder.
   */
  isPlaceOf(path: string, sessionId: string, project: string): boolean;
  /** The folder that a window works in, if the agent tells its hooks. */
  project?(environment: AgentEnvironment): string | undefined;
  /** A file of shell commands that the agent's own shells run, if there is one. */
  shellFile?(environment: AgentEnvironment): string | undefined;
  /** Whether a user sees what hooks print. */
  showsHooks(environment: AgentEnvironment): boolean;
}

export const hookedAgents: Record<CheckpointAgent, HookedAgent> = {
  claude: {
    resumeWords: (sessionId) => ["claude", ...claude.resumeArgs(sessionId)],
    transcriptsFolder: claude.projectsFolder,
    isPlaceOf: (path, sessionId, project) => {
      const [folder = "", file, ...more] = path.split("/");
      return claude.projectFolder(project).test(folder) && file === `${sessionId}.jsonl` && more.length === 0;
    },
    project: (environment) => environment.CLAUDE_PROJECT_DIR,
    shellFile: (environment) => environment.CLAUDE_ENV_FILE,
    // `claude -p` does not show them.
    showsHooks: (environment) => environment.CLAUDE_CODE_ENTRYPOINT === "cli",
  },
  // A codex process may have inherited the variables of a claude that started it, so it reads none of them.
  codex: {
    resumeWords: (sessionId) => ["codex", ...codex.resumeArgs(sessionId)],
    transcriptsFolder: codex.sessionsFolder,
    isPlaceOf: (path, sessionId) =>
      /^\d{4}\/\d\d\/\d\d\/rollout-[^/]+$/.test(path) && path.endsWith(`-${sessionId}.jsonl`),
    showsHooks: () => false,
  },
};

/** Returns the command that reopens a checkpoint's conversation. */
export function reopenWords(checkpoint: Checkpoint): string[] {
  return hookedAgents[agentOf(checkpoint)].resumeWords(checkpoint.sessionId);
}
