import { expect, newCheckpoint } from "../../domain/checkpoint/changes.ts";
import { Checkpoints } from "../../stores/project/checkpoints.ts";
import type { HookInput } from "../hook-input.ts";
import type { HookOutput } from "../hook-output.ts";
import { projectOf, type World } from "../world.ts";

const SUMMARY_WANTED = `session-persist is about to save this conversation: your next answer becomes the summary, word for word. Write nothing else and call no tools. First line: "Task: " and what is being worked on, in one line. Then what a successor who knows nothing of this conversation needs: the goal, what is done, decisions and why, what is open, which files matter, and the next step.`;

const WISH_GIVEN = " The user's wish for it is in the prompt, after the command.";

/** Asks the model for a summary. The next answer is saved as that summary. */
export function saveCommand({ session_id }: HookInput, wish: string, world: World): HookOutput {
  const at = world.now().toISOString();
  new Checkpoints(projectOf(world)).update(session_id, (before) =>
    expect(before ?? newCheckpoint(session_id, at), "summary"),
  );
  return { context: wish === "" ? SUMMARY_WANTED : SUMMARY_WANTED + WISH_GIVEN };
}
