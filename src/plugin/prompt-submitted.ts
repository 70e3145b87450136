import { expect, expectAnswer, newCheckpoint, noteSighting } from "../domain/checkpoint/changes.ts";
import type { Checkpoint } from "../domain/checkpoint/checkpoint.ts";
import { Checkpoints } from "../stores/checkpoints.ts";
import { type HookInput, type HookOutput, isAttended, isAutomatic, type World } from "./hook-input.ts";
import { keepTranscript, restoreTranscript } from "./keep-transcript.ts";
import { listing } from "./listing.ts";
import { lookAtGit } from "./look-around.ts";
import { reopenCommand, restoredContext } from "./restored-context.ts";
import { findTarget } from "./resume-target.ts";
import { noteOrigin } from "./session-start.ts";
import { readSlashCommand } from "./slash-command.ts";

/** The user has typed something: one of our commands, or what the conversation is about now. */
export function promptSubmitted(input: HookInput, world: World): HookOutput {
  const prompt = input.prompt ?? "";
  const command = readSlashCommand(prompt);
  const checkpoints = new Checkpoints(world.project);
  if (command?.verb === "save") return askForSummary(input, command.argument, checkpoints, world);
  if (command?.verb === "list") return showList(input, checkpoints, world);
  if (command?.verb === "resume") return resume(input, command.argument, checkpoints, world);
  if (!isAutomatic(world)) {
    expectTalk(input, checkpoints, expectAnswer);
    return {};
  }
  const git = lookAtGit(world);
  const at = world.now().toISOString();
  checkpoints.update(input.session_id, (before) =>
    expectAnswer(
      noteSighting(before, {
        sessionId: input.session_id,
        at,
        event: input.hook_event_name,
        agent: world.agent,
        cwd: world.project,
        prompt,
        git,
        transcriptPath: input.transcript_path,
      }),
    ),
  );
  keepTranscript(input, checkpoints, world);
  return {};
}

const SUMMARY_WANTED = `session-persist is about to save this conversation: your next answer becomes the summary, word for word. Write nothing else and call no tools. First line: "Task: " and what is being worked on, in one line. Then what a successor who knows nothing of this conversation needs: the goal, what is done, decisions and why, what is open, which files matter, and the next step.`;

function askForSummary(
  { session_id }: HookInput,
  note: string,
  checkpoints: Checkpoints,
  { now }: World,
): HookOutput {
  const at = now().toISOString();
  checkpoints.update(session_id, (before) => expect(before ?? newCheckpoint(session_id, at), "summary"));
  const wish = note === "" ? "" : ` The user's wish for it is in the prompt, after the command.`;
  return { context: SUMMARY_WANTED + wish };
}

function showList({ session_id }: HookInput, checkpoints: Checkpoints, world: World): HookOutput {
  const { checkpoints: all, problems } = checkpoints.list();
  const list = listing(all, problems, world.now());
  expectTalk({ session_id }, checkpoints, (before) => expect(before, "talk"));
  return tell(world, list);
}

function resume(input: HookInput, wanted: string, checkpoints: Checkpoints, world: World): HookOutput {
  const target = findTarget(wanted === "" ? "latest" : wanted, checkpoints, input.session_id);
  const talk = (checkpoint: Checkpoint) => expect(checkpoint, "talk");
  if ("problem" in target) {
    expectTalk(input, checkpoints, talk);
    return tell(world, `${target.problem} See what there is with /session-persist:session-list`);
  }
  const found = target.chain[0];
  if (found === undefined) return {};
  if (found.sessionId === input.session_id) expectTalk(input, checkpoints, talk);
  else noteOrigin(input.session_id, found.sessionId, checkpoints, world, talk);
  const transcript = restoreTranscript(found, checkpoints, world);
  const command = reopenCommand(found, transcript);
  const again = transcript === "put back" ? " (its transcript had been removed, and was put back)" : "";
  const reopen = command === undefined ? "" : `To reopen the conversation itself: ${command}${again}`;
  return {
    systemMessage: [`Restored the context of session ${found.sessionId}.`, reopen].filter(Boolean).join("\n"),
    context: restoredContext(target.chain, transcript, world.now()),
  };
}

/** Notes that the next answer is none to the user's last prompt, where anything is saved at all. */
function expectTalk(
  { session_id }: Pick<HookInput, "session_id">,
  checkpoints: Checkpoints,
  change: (before: Checkpoint) => Checkpoint,
): void {
  checkpoints.update(session_id, (before) => before && change(before));
}

/** Where the user sees what hooks say, the model need not repeat it. */
function tell(world: World, words: string): HookOutput {
  if (!isAttended(world))
    return { context: `session-persist says; pass it on to the user unchanged:\n\n${words}` };
  return {
    systemMessage: words,
    context: `session-persist has shown this to the user already; answer with one short line:\n\n${words}`,
  };
}
