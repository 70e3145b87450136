import type { AgentEnvironment } from "../domain/agent/agent.ts";
import type { Checkpoint, CheckpointAgent } from "../domain/checkpoint/checkpoint.ts";
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
}

export const hookedAgents: Record<CheckpointAgent, HookedAgent> = {
  claude: {
    resumeWords: (sessionId) => ["claude", ...claude.resumeArgs(sessionId)],
    transcriptsFolder: claude.projectsFolder,
    isPlaceOf: (path, sessionId, project) => {
      const [folder = "", file, ...more] = path.split("/");
      return claude.projectFolder(project).test(folder) && file === `${sessionId}.jsonl` && more.length === 0;
    },
  },
  codex: {
    resumeWords: (sessionId) => ["codex", ...codex.resumeArgs(sessionId)],
    transcriptsFolder: codex.sessionsFolder,
    isPlaceOf: (path, sessionId) =>
      /^\d{4}\/\d\d\/\d\d\/rollout-[^/]+$/.test(path) && path.endsWith(`-${sessionId}.jsonl`),
  },
};

/**
 * Returns the command that reopens a checkpoint's conversation. Those of the original plugin belong to
 * claude.
 */
export function reopenWords({ sessionId, automatic }: Checkpoint): string[] {
  return hookedAgents[automatic?.agent ?? "claude"].resumeWords(sessionId);
}
