import { normalize, relative } from "node:path";
import { hookedAgents } from "../../agents/hooked-agents.ts";
import type { Checkpoint, CheckpointAgent } from "../../domain/checkpoint/checkpoint.ts";
import type { Checkpoints } from "../../stores/project/checkpoints.ts";
import { refuseForeignLink } from "../../stores/project/folder.ts";
import { fileState, putBack } from "../../system/files/keep.ts";
import { isPlainFile } from "../../system/files/read.ts";
import { trackingOf } from "../../system/places/git.ts";
import { resolveWorkspace } from "../../system/places/workspace.ts";
import { problemOf } from "../hook-output.ts";
import { projectOf, type World } from "../world.ts";

/**
 * The largest transcript that is copied. A copy is made at the end of a conversation if a hard link is not
 * possible; a larger one would take too long.
 */
const MOST_COPIED_BYTES = 100 * 1024 * 1024;

/**
 * Makes a hard link to the transcript beside the checkpoint: agents delete their transcripts after a month,
 * the link stays.
 */
export function keepTranscript(
  sessionId: string,
  path: string | undefined,
  checkpoints: Checkpoints,
  world: World,
  { mayCopy = false } = {},
): void {
  if (path === undefined || !isTranscriptPath(path, sessionId, world.agent, world)) return;
  const found = fileState(path);
  // Claude creates the file with the first prompt, so the next hook finds it.
  if (found === undefined) return;
  try {
    checkpoints.keepTranscript(sessionId, path, { mayCopy: mayCopy && found.bytes <= MOST_COPIED_BYTES });
  } catch {
    // A checkpoint is useful without the transcript.
  }
}

/**
 * Whether the agent has the transcript, perhaps because it was put back; `unknown` if only the agent knows.
 */
export type TranscriptState = "there" | "put back" | "gone" | "unknown";

/** Puts back a transcript that the agent has deleted, so that the conversation can be reopened. */
export function restoreTranscript(
  { sessionId, automatic }: Checkpoint,
  checkpoints: Checkpoints,
  world: World,
): { state: TranscriptState; path?: string } {
  if (automatic?.transcriptPath === undefined) return { state: "unknown" };
  const { transcriptPath: path, agent } = automatic;
  // The path comes from a file that others may have written, so nothing is written except at the agent's own
  // place.
  if (!isPlaceOf(path, sessionId, agent, world)) return { state: "unknown" };
  if (fileState(path) !== undefined) {
    // If a window is killed in its first turn, no earlier hook could keep its transcript.
    keepTranscript(sessionId, path, checkpoints, { ...world, agent });
    return { state: "there", path };
  }
  const kept = checkpoints.transcriptPath(sessionId);
  if (!isPlainFile(kept) || !isOwn(kept, world)) return { state: "gone" };
  try {
    putBack(kept, path);
    return { state: "put back", path };
  } catch {
    return { state: "gone" };
  }
}

/** Whether a kept transcript is this user's own: one that came with the repository is not. */
function isOwn(path: string, world: World): boolean {
  const { project, env } = world;
  if (problemOf(() => refuseForeignLink(projectOf(world))) !== undefined) return false;
  return trackingOf(project, relative(project, path), env) === "untracked";
}

/** Whether the agent would store the transcript of this project's conversation at `path`. */
function isPlaceOf(path: string, sessionId: string, agent: CheckpointAgent, world: World): boolean {
  const below = belowTranscripts(path, agent, world);
  if (below === undefined) return false;
  const projects = [world.project, resolveWorkspace(world.project, "/")];
  return projects.some((project) => hookedAgents[agent].isPlaceOf(below, sessionId, project));
}

function isTranscriptPath(path: string, sessionId: string, agent: CheckpointAgent, world: World): boolean {
  return belowTranscripts(path, agent, world)?.endsWith(`${sessionId}.jsonl`) === true;
}

function belowTranscripts(path: string, agent: CheckpointAgent, { env }: World): string | undefined {
  const folder = `${normalize(hookedAgents[agent].transcriptsFolder(env))}/`;
  return normalize(path) === path && path.startsWith(folder) ? path.slice(folder.length) : undefined;
}
