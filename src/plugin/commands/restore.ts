import { reopenWords } from "../../agents/hooked-agents.ts";
import { type Checkpoint, isWorthKeeping } from "../../domain/checkpoint/checkpoint.ts";
import { quoteWord, quoteWords } from "../../domain/words.ts";
import type { Checkpoints } from "../../stores/project/checkpoints.ts";
import { restoreTranscript, type TranscriptState } from "../hooks/keep-transcript.ts";
import { latestTodos } from "../hooks/look.ts";
import type { World } from "../world.ts";
import { restoredContext } from "./restored-context.ts";
import type { Chain } from "./resume-target.ts";

export interface Restored {
  /** For the model. */
  context: string;
  /** The command that reopens the conversation itself, where that is possible. */
  reopen?: string;
  /** Whether the agent had lost the transcript and it was put back. */
  wasPutBack: boolean;
}

/** Prepares what a conversation needs to start from a checkpoint. */
export function restore([found, ...earlier]: Chain, checkpoints: Checkpoints, world: World): Restored {
  const { state, path } = restoreTranscript(found, checkpoints, world);
  const reopen = reopenCommand(found, state);
  return {
    context: restoredContext([withLatestTodos(found, path), ...earlier], reopen, world.now()),
    ...(reopen === undefined ? {} : { reopen }),
    wasPutBack: state === "put back",
  };
}

/**
 * Adds the newest to-dos from the transcript: when a window is killed in mid-turn, no hook runs after its
 * last to-dos.
 */
function withLatestTodos(checkpoint: Checkpoint, transcript: string | undefined): Checkpoint {
  const { automatic } = checkpoint;
  if (automatic === undefined) return checkpoint;
  const todos = latestTodos(transcript, automatic.todos) ?? automatic.todos;
  return { ...checkpoint, automatic: { ...automatic, todos } };
}

/**
 * Returns the command that reopens a conversation; undefined if there is none, for instance because it was
 * killed before its agent had written it to disk.
 */
function reopenCommand(checkpoint: Checkpoint, transcript: TranscriptState): string | undefined {
  const { automatic } = checkpoint;
  if (automatic === undefined || !isWorthKeeping(checkpoint) || transcript === "gone") return undefined;
  return `cd ${quoteWord(automatic.cwd)} && ${quoteWords(reopenWords(checkpoint))}`;
}
