import { expect } from "../../domain/checkpoint/changes.ts";
import { Checkpoints } from "../../stores/project/checkpoints.ts";
import type { HookInput } from "../hook-input.ts";
import { type HookOutput, tellUser } from "../hook-output.ts";
import { awaitTalk, noteOrigin } from "../hooks/notes.ts";
import { projectOf, type World } from "../world.ts";
import { restore } from "./restore.ts";
import { findTarget } from "./resume-target.ts";

/** Adds the context of a saved session to the conversation that asks for it. */
export function resumeCommand({ session_id: own }: HookInput, wanted: string, world: World): HookOutput {
  const checkpoints = new Checkpoints(projectOf(world));
  const target = findTarget(wanted === "" ? "latest" : wanted, checkpoints, own);
  if ("problem" in target) {
    awaitTalk(own, checkpoints);
    return tellUser(world, `${target.problem} See the saved sessions with /session-persist:session-list`);
  }
  const origin = target.chain[0].sessionId;
  if (origin === own) awaitTalk(own, checkpoints);
  else noteOrigin(own, origin, checkpoints, world, (checkpoint) => expect(checkpoint, "talk"));
  const { context, reopen, wasPutBack } = restore(target.chain, checkpoints, world);
  const again = wasPutBack ? " (its transcript had been deleted and was put back)" : "";
  const lines = [
    `Restored the context of session ${origin}.`,
    reopen === undefined ? "" : `To reopen the conversation itself: ${reopen}${again}`,
  ];
  return { systemMessage: lines.filter(Boolean).join("\n"), context };
}
