import { basename, join, normalize } from "node:path";
import type { Checkpoint, CheckpointAgent } from "../domain/checkpoint/checkpoint.ts";
import type { Checkpoints } from "../stores/checkpoints.ts";
import { fileState, putBack } from "../system/kept-copy.ts";
import type { World } from "./world.ts";

/** Where a link is not possible, a copy is made at the end of the conversation, unless that takes too long. */
const MOST_COPIED_BYTES = 100 * 1024 * 1024;

/** Links the transcript beside the checkpoint: agents sweep theirs after a month, the link stays. */
export function keepTranscript(
  sessionId: string,
  path: string | undefined,
  checkpoints: Checkpoints,
  world: World,
  { mayCopy = false } = {},
): void {
  if (path === undefined || !isTranscriptPath(path, sessionId, world.agent, world)) return;
  const found = fileState(path);
  // Claude makes the file with the first prompt; the next hook finds it.
  if (found === undefined) return;
  try {
    checkpoints.keepTranscript(sessionId, path, { mayCopy: mayCopy && found.bytes <= MOST_COPIED_BYTES });
  } catch {
    // A checkpoint without the transcript is still one.
  }
}

/** Whether the agent has the transcript, if need be again; `unknown` where only the agent can tell. */
export type TranscriptState = "there" | "put back" | "gone" | "unknown";

/** Sees to it that a conversation can be reopened: a transcript that the agent has swept is put back. */
export function restoreTranscript(
  { sessionId, automatic }: Checkpoint,
  checkpoints: Checkpoints,
  world: World,
): { state: TranscriptState; path?: string } {
  if (automatic?.transcriptPath === undefined) return { state: "unknown" };
  const { transcriptPath: path, agent } = automatic;
  // The path was read from a file that others could have written: nothing is put anywhere else than there.
  if (!isTranscriptPath(path, sessionId, agent, world)) return { state: "unknown" };
  if (fileState(path) !== undefined) {
    // A window that was killed in its first turn has had no hook that could.
    keepTranscript(sessionId, path, checkpoints, { ...world, agent });
    return { state: "there", path };
  }
  const kept = join(checkpoints.folder, `${sessionId}.jsonl`);
  if (fileState(kept) === undefined) return { state: "gone" };
  try {
    putBack(kept, path);
    return { state: "put back", path };
  } catch {
    return { state: "gone" };
  }
}

function isTranscriptPath(path: string, sessionId: string, agent: CheckpointAgent, { env }: World): boolean {
  const home = env.HOME ?? "/nonexistent";
  const folder =
    agent === "claude"
      ? join(env.CLAUDE_CONFIG_DIR ?? join(home, ".claude"), "projects")
      : join(env.CODEX_HOME ?? join(home, ".codex"), "sessions");
  const isBelow = normalize(path) === path && path.startsWith(`${normalize(folder)}/`);
  return isBelow && basename(path).endsWith(`${sessionId}.jsonl`);
}
