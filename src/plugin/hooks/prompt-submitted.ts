import { expectAnswer, noteSighting } from "../../domain/checkpoint/changes.ts";
import { Checkpoints } from "../../stores/project/checkpoints.ts";
import { listCommand } from "../commands/list.ts";
import { resumeCommand } from "../commands/resume.ts";
import { saveCommand } from "../commands/save.ts";
import { readSlashCommand } from "../commands/slash-command.ts";
import type { HookInput } from "../hook-input.ts";
import type { HookOutput } from "../hook-output.ts";
import { isAutomatic, projectOf, type World } from "../world.ts";
import { keepTranscript } from "./keep-transcript.ts";
import { lookAtGit } from "./look.ts";

const COMMANDS = { save: saveCommand, list: listCommand, resume: resumeCommand };

/** Handles a prompt of the user: it is one of our commands, or it says what the conversation is about now. */
export function promptSubmitted(input: HookInput, world: World): HookOutput {
  const prompt = input.prompt ?? "";
  const command = readSlashCommand(prompt);
  if (command !== undefined) return COMMANDS[command.verb](input, command.argument, world);
  notePrompt(input, prompt, world);
  return {};
}

function notePrompt(input: HookInput, prompt: string, world: World): void {
  const { session_id: sessionId, hook_event_name: event, transcript_path: transcriptPath } = input;
  const { agent, project, now } = world;
  const checkpoints = new Checkpoints(projectOf(world));
  if (!isAutomatic(world)) {
    checkpoints.update(sessionId, (before) => before && expectAnswer(before));
    return;
  }
  const git = lookAtGit(world, checkpoints.read(sessionId));
  const at = now().toISOString();
  checkpoints.update(sessionId, (before) =>
    expectAnswer(
      noteSighting(before, { sessionId, at, event, agent, cwd: project, prompt, transcriptPath, ...git }),
    ),
  );
  keepTranscript(sessionId, transcriptPath, checkpoints, world);
}
