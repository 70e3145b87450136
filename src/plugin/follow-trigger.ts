import { Checkpoints } from "../stores/checkpoints.ts";
import { ResumeTrigger } from "../stores/resume-trigger.ts";
import { isTracked } from "../system/git-status.ts";
import type { HookInput } from "./hook-input.ts";
import type { HookOutput } from "./hook-output.ts";
import { noteOrigin } from "./note-origin.ts";
import { problemOf } from "./problem-of.ts";
import { restore } from "./restore.ts";
import { findTarget } from "./resume-target.ts";
import type { World } from "./world.ts";

const GIT_TIMEOUT_MS = 2000;

/** Starts a new conversation from the checkpoint that was left for it, if there is one. */
export function followTrigger({ session_id: sessionId }: HookInput, world: World): HookOutput {
  const trigger = new ResumeTrigger(world.project);
  trigger.recover(world.now().getTime());
  const wanted = trigger.read();
  if (wanted === undefined) return {};
  if (isTracked(world.project, ".claude/.session-resume", world.env, GIT_TIMEOUT_MS)) {
    return {
      systemMessage: `${trigger.path} came with the repository: whoever left it there, it was not you. It is not followed.`,
    };
  }
  const checkpoints = new Checkpoints(world.project);
  const target = findTarget(wanted, checkpoints, sessionId);
  const claimed = trigger.claim(wanted, sessionId);
  // Another window was faster; what it got is its own.
  if (claimed === undefined) return {};
  if ("problem" in target) {
    const aside = claimed.putAside();
    const message = `The session to resume was not found. ${target.problem} The trigger was moved to ${aside}. See what there is with /session-persist:session-list`;
    return {
      systemMessage: message,
      context: `session-persist could not restore a session: ${message} Tell the user.`,
    };
  }
  const origin = target.chain[0].sessionId;
  // What was asked for is restored, even where nothing can be saved.
  const problem = problemOf(() => noteOrigin(sessionId, origin, checkpoints, world));
  return {
    onPrinted: claimed.finish,
    context: restore(target.chain, checkpoints, world).context,
    systemMessage: [`Restored the context of session ${origin}.`, problem].filter(Boolean).join(" "),
  };
}
