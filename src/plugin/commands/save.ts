import { expect, newCheckpoint } from "../../domain/checkpoint/changes.ts";
import { Checkpoints } from "../../stores/project/checkpoints.ts";
import type { HookInput } from "../hook-input.ts";
import type { HookOutput } from "../hook-output.ts";
import { projectOf, type World } from "../world.ts";

const SUMMARY_WANTED = `session-persist is about to save this conversation: your next answer becomes the summary, word for word. Write nothing else and call no tools. First line: "Task: " and the current task, in one line. Then what a reader who knows nothing about this conversation needs: the goal, what is done, decisions and their reasons, open points, the files that matter, and the next step.`;

const WISH_GIVEN = " What the user wants to stress is in the prompt, after the command.";

/** Asks the model for a summary. The next answer is saved as that summary. */
export function saveCommand({ session_id }: HookInput, wish: string, world: World): HookOutput {
  const at = world.now().toISOString();
  new Checkpoints(projectOf(world)).update(session_id, (before) =>
    expect(before ?? newCheckpoint(session_id, at), "summary"),
  );
  return { context: wish === "" ? SUMMARY_WANTED : SUMMARY_WANTED + WISH_GIVEN };
}
