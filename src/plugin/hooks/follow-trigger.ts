import { Checkpoints } from "../../stores/project/checkpoints.ts";
import { refuseForeignLink } from "../../stores/project/folder.ts";
import { ResumeTrigger } from "../../stores/project/trigger.ts";
import { trackingOf } from "../../system/places/git.ts";
import { restore } from "../commands/restore.ts";
import { findTarget } from "../commands/resume-target.ts";
import type { HookInput } from "../hook-input.ts";
import type { HookOutput } from "../hook-output.ts";
import { problemOf } from "../hook-output.ts";
import { projectOf, type World } from "../world.ts";
import { noteOrigin } from "./notes.ts";

/** Starts a new conversation from the checkpoint that the trigger names, if there is a trigger. */
export function followTrigger({ session_id: sessionId }: HookInput, world: World): HookOutput {
  const trigger = new ResumeTrigger(projectOf(world));
  const link = problemOf(() => refuseForeignLink(projectOf(world)));
  if (link !== undefined)
    return trigger.read() === undefined ? {} : { systemMessage: `session-persist: ${link}` };
  trigger.recover(world.now().getTime());
  const wanted = trigger.read();
  if (wanted === undefined) return {};
  const distrust = distrustOf(trigger, world);
  if (distrust !== undefined) return { systemMessage: distrust };
  const checkpoints = new Checkpoints(projectOf(world));
  const target = findTarget(wanted, checkpoints, sessionId);
  const claimed = trigger.claim(wanted, sessionId);
  // Another window has claimed the trigger, and starts from that checkpoint.
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
  // The checkpoint is restored even if nothing can be saved.
  const problem = problemOf(() => noteOrigin(sessionId, origin, checkpoints, world));
  return {
    onPrinted: claimed.finish,
    context: restore(target.chain, checkpoints, world).context,
    systemMessage: [`Restored the context of session ${origin}.`, problem].filter(Boolean).join(" "),
  };
}

/** Returns why a trigger is not followed; undefined for a trigger of this user. */
function distrustOf(trigger: ResumeTrigger, { project, env }: World): string | undefined {
  if (trigger.isOurs()) return undefined;
  const tracking = trackingOf(project, ".claude/.session-resume", env);
  if (tracking === "untracked") return undefined;
  return tracking === "tracked"
    ? `${trigger.path} is ignored: it came with the repository, so it may not be yours.`
    : `${trigger.path} is ignored: git can't say whether it came with the repository. If it is yours, type /session-persist:session-resume with the id in that file.`;
}
