import { expectAnswer, noteSighting, saveByHand, stampEnd } from "../../domain/checkpoint/changes.ts";
import { type Checkpoint, isWorthKeeping } from "../../domain/checkpoint/checkpoint.ts";
import { Checkpoints } from "../../stores/project/checkpoints.ts";
import type { HookInput } from "../hook-input.ts";
import type { HookOutput } from "../hook-output.ts";
import { isAutomatic, projectOf, type World } from "../world.ts";
import { keepTranscript } from "./keep-transcript.ts";
import { latestTodos, lookAtGit } from "./look.ts";

/** Handles an answer of the model, and the moment before a conversation is compacted or ends. */
export function signOfLife(input: HookInput, world: World): HookOutput {
  const { session_id: sessionId, hook_event_name: event, transcript_path: transcriptPath } = input;
  const { agent, project: cwd } = world;
  const checkpoints = new Checkpoints(projectOf(world));
  const known = checkpoints.read(sessionId);
  // A conversation without any prompt leaves nothing behind.
  if (known === undefined) return {};
  const isEnd = event === "SessionEnd";
  const isStop = event === "Stop";
  const answer = isStop ? input.last_assistant_message : undefined;
  const git = isAutomatic(world) ? lookAtGit(world, known, { mustLook: !isStop }) : {};
  const at = world.now().toISOString();
  let isSaved = false;
  const after = checkpoints.update(sessionId, (before) => {
    if (before === undefined) return undefined;
    let next: Checkpoint = before;
    if (isAutomatic(world)) {
      next = noteSighting(before, {
        sessionId,
        at,
        event,
        agent,
        cwd,
        answer: before.awaiting === undefined ? answer : undefined,
        todos: latestTodos(transcriptPath, before.automatic?.todos),
        transcriptPath,
        ...git,
      });
    }
    isSaved = before.awaiting === "summary" && (answer ?? "").trim() !== "";
    if (isSaved) next = saveByHand(next, answer ?? "", at);
    else if (isStop) next = expectAnswer(next);
    return isEnd ? stampEnd(next, at) : next;
  });
  if (isEnd && after !== undefined && !isWorthKeeping(after)) {
    checkpoints.remove(sessionId, (now) => !isWorthKeeping(now));
    return {};
  }
  if (isAutomatic(world)) {
    keepTranscript(sessionId, transcriptPath, checkpoints, world, { mayCopy: !isStop });
  }
  if (!isSaved) return {};
  return {
    systemMessage: `Saved as ${checkpoints.pathOf(sessionId)}. To continue from it, type /session-persist:session-resume ${sessionId}`,
  };
}
