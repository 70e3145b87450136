import { newCheckpoint } from "../domain/checkpoint/changes.ts";
import type { Checkpoint } from "../domain/checkpoint/checkpoint.ts";
import { Checkpoints } from "../stores/checkpoints.ts";
import { ResumeTrigger } from "../stores/resume-trigger.ts";
import { isTracked } from "../system/git-status.ts";
import { addLine } from "../system/plain-file.ts";
import type { HookInput, HookOutput, World } from "./hook-input.ts";
import { restoreTranscript } from "./keep-transcript.ts";
import { restoredContext } from "./restored-context.ts";
import { findTarget } from "./resume-target.ts";

/** A conversation begins or goes on: the shell learns its id, and a new one may start from a checkpoint. */
export function sessionStart(input: HookInput, world: World): HookOutput {
  tellShell(input, world);
  // A resumed, cleared or compacted conversation is not the next one that the trigger was left for.
  if (input.source !== "startup") return {};
  const trigger = new ResumeTrigger(world.project);
  trigger.recover(world.now().getTime());
  const wanted = trigger.read();
  if (wanted === undefined) return {};
  if (isTracked(world.project, ".claude/.session-resume", world.env, 2000)) {
    return {
      systemMessage: `${trigger.path} came with the repository: whoever left it there, it was not you. It is not followed.`,
    };
  }
  const checkpoints = new Checkpoints(world.project);
  const target = findTarget(wanted, checkpoints, input.session_id);
  const claimed = trigger.claim(wanted, input.session_id);
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
  const [found] = target.chain;
  if (found === undefined) return {};
  const problem = tryToNoteOrigin(input.session_id, found.sessionId, checkpoints, world);
  return {
    onPrinted: claimed.finish,
    context: restoredContext(target.chain, restoreTranscript(found, checkpoints, world), world.now()),
    systemMessage: `Restored the context of session ${found.sessionId}.${problem}`,
  };
}

/** From here on this conversation is a continuation, also for whoever restores it in turn. */
export function noteOrigin(
  sessionId: string,
  origin: string,
  checkpoints: Checkpoints,
  { now }: World,
  change: (checkpoint: Checkpoint) => Checkpoint = (checkpoint) => checkpoint,
): void {
  if (origin === sessionId) return;
  checkpoints.update(sessionId, (before) =>
    change({ ...(before ?? newCheckpoint(sessionId, now().toISOString())), resumedFrom: origin }),
  );
}

/** What was asked for is restored, even where nothing can be saved. */
function tryToNoteOrigin(...[sessionId, origin, checkpoints, world]: Parameters<typeof noteOrigin>): string {
  try {
    noteOrigin(sessionId, origin, checkpoints, world);
    return "";
  } catch (error) {
    return ` ${error instanceof Error ? error.message : String(error)}`;
  }
}

/**
 * Exports the id for the commands that the agent runs. It is checked to be of letters, digits, dots and dashes:
 * a shell reads this file.
 */
function tellShell({ session_id }: HookInput, { agent, env }: World): void {
  if (agent !== "claude" || env.CLAUDE_ENV_FILE === undefined || env.CLAUDE_ENV_FILE === "") return;
  addLine(env.CLAUDE_ENV_FILE, `export CLAUDE_PERSIST_SESSION_ID=${session_id}`);
}
