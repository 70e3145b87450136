import type { Checkpoint } from "../../domain/checkpoint/checkpoint.ts";
import type { Checkpoints } from "../../stores/project/checkpoints.ts";
import { restoreTranscript } from "../hooks/keep-transcript.ts";
import { latestTodos } from "../hooks/latest-todos.ts";
import type { World } from "../world.ts";
import { reopenCommand } from "./reopen.ts";
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
