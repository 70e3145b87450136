import { expectAnswer, noteSighting, saveByHand, stampEnd } from "../domain/checkpoint/changes.ts";
import { type Checkpoint, isWorthKeeping } from "../domain/checkpoint/checkpoint.ts";
import { todosAfter } from "../domain/checkpoint/todos.ts";
import { Checkpoints } from "../stores/checkpoints.ts";
import { readTail } from "../system/read-lines.ts";
import { type HookInput, type HookOutput, isAutomatic, type World } from "./hook-input.ts";
import { keepTranscript } from "./keep-transcript.ts";
import { lookAtGit } from "./look-around.ts";

const TAIL_BYTES = 512 * 1024;

/** The model has answered, or the conversation is about to be compacted or to end. */
export function signOfLife(input: HookInput, world: World): HookOutput {
  const { session_id: sessionId, hook_event_name: event } = input;
  const checkpoints = new Checkpoints(world.project);
  // What nobody has typed anything into leaves nothing behind.
  if (checkpoints.read(sessionId) === undefined) return {};
  const isEnd = event === "SessionEnd";
  const answer = event === "Stop" ? input.last_assistant_message : undefined;
  const git = isAutomatic(world) ? lookAtGit(world) : undefined;
  const at = world.now().toISOString();
  let isSaved = false;
  const after = checkpoints.update(sessionId, (before) => {
    if (before === undefined) return undefined;
    const isAnswer = before.awaiting === undefined;
    let next: Checkpoint = before;
    if (isAutomatic(world)) {
      next = noteSighting(before, {
        sessionId,
        at,
        event,
        agent: world.agent,
        cwd: world.project,
        answer: isAnswer ? answer : undefined,
        todos: todosAfter(tailOf(input), before.automatic?.todos ?? []),
        git,
        transcriptPath: input.transcript_path,
      });
    }
    isSaved = before.awaiting === "summary" && (answer ?? "").trim() !== "";
    if (isSaved) next = saveByHand(next, answer ?? "", at);
    else if (event === "Stop") next = expectAnswer(next);
    return isEnd ? stampEnd(next, at) : next;
  });
  if (isEnd && after !== undefined && !isWorthKeeping(after)) {
    checkpoints.remove(sessionId);
    return {};
  }
  if (isAutomatic(world)) keepTranscript(input, checkpoints, world, { mayCopy: event !== "Stop" });
  if (!isSaved) return {};
  return {
    systemMessage: `Saved as ${checkpoints.pathOf(sessionId)}. Come back to it with /session-persist:session-resume ${sessionId}`,
  };
}

function tailOf({ transcript_path: path }: HookInput): string[] {
  if (path === undefined) return [];
  try {
    return Array.from(readTail(path, TAIL_BYTES), (line) => line.toString("utf8"));
  } catch {
    return [];
  }
}
