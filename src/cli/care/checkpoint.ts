import {
  type AskedProject,
  checkpointToRemove,
  listCheckpoints,
  removeCheckpoint,
  removeOldCheckpoints,
  resumeNext,
  type SavedCheckpoint,
} from "../../app/tell/checkpoints.ts";
import { asCommands } from "../../app/wording.ts";
import { oneLine } from "../../domain/checkpoint/clip.ts";
import { quoteWords } from "../../domain/words.ts";
import type { Project } from "../../stores/project/folder.ts";
import { type Answer, defineCommand } from "../command.ts";
import { JSON_OPTION, parseDurationOption, refuseTogether } from "../options.ts";
import { formatAge } from "../output/numbers.ts";
import type { Style } from "../output/style.ts";
import { formatTable, printable } from "../output/table.ts";
import { workspaceOf } from "../place.ts";

interface CheckpointFlags {
  resumeNext?: string | true;
  remove?: string;
  removeOlderThan?: number;
  yes?: boolean;
  json?: boolean;
  workspace?: string;
}

export const checkpointCommand = defineCommand({
  name: "checkpoint",
  summary: "the checkpoints of the session-persist plugin",
  description:
    "Lists the checkpoints that the session-persist plugin has saved in a project, or selects one from which the next conversation there starts.",
  examples: [
    "agent-sessions checkpoint",
    "agent-sessions checkpoint --resume-next            # the next claude here starts from the latest one",
    "agent-sessions checkpoint --resume-next 7ceb00a5",
    "agent-sessions checkpoint --remove 7ceb00a5",
    "agent-sessions checkpoint --remove-older-than 90d",
  ],
  options(command) {
    command
      .option("--resume-next [id]", "start the next conversation from this checkpoint (default: the latest)")
      .option(
        "--remove <id>",
        "delete this checkpoint; the agent's own transcript stays; at a terminal, it asks before it deletes one that was saved by hand",
      )
      .option("-y, --yes", "with --remove: don't ask")
      .option(
        "--remove-older-than <duration>",
        "delete checkpoints that were last updated this long ago and not saved by hand",
        parseDurationOption,
      )
      .option("-w, --workspace <dir>", "the project (default: this folder)")
      .option(...JSON_OPTION);
  },
  async run(io, flags: CheckpointFlags): Promise<Answer> {
    const { env, cwd } = io.around;
    const project = { folder: workspaceOf(io, flags), env, wording: asCommands(cwd) };
    const { resumeNext: next, remove, removeOlderThan } = flags;
    refuseTogether({ "--resume-next": next, "--remove": remove, "--remove-older-than": removeOlderThan });
    if (next !== undefined) return leaveForNext(project, next === true ? "latest" : next);
    if (remove !== undefined) {
      const { sessionId, isByHand, lastTask } = checkpointToRemove(project, remove);
      const asks = isByHand && io.terminal.hasKeyboard && !flags.yes && !flags.json;
      const what = `the checkpoint of ${sessionId}, saved by hand: ${printable(oneLine(lastTask, 60))}`;
      if (asks && !(await io.confirm(`Delete ${what}?`))) return { json: {}, text: "Nothing was deleted.\n" };
      removeCheckpoint(project, sessionId);
      return {
        json: { type: "agent_sessions.checkpoint_removed", sessionId },
        text: `Deleted the checkpoint of ${sessionId}.\n`,
      };
    }
    return removeOlderThan === undefined ? list(project) : removeOld(project, removeOlderThan);
  },
});

function removeOld(project: Project, olderThanMs: number): Answer {
  const removed = removeOldCheckpoints(project, Date.now() - olderThanMs);
  const ids = removed.map(({ sessionId }) => sessionId);
  return {
    json: { type: "agent_sessions.checkpoints_removed", sessionIds: ids },
    text: `Deleted ${ids.length === 1 ? "1 checkpoint" : `${ids.length} checkpoints`}.\n`,
  };
}

function leaveForNext(project: AskedProject, wanted: string): Answer {
  const { checkpoint, triggerPath } = resumeNext(project, wanted);
  return {
    json: {
      type: "agent_sessions.resume_next_set",
      workspace: project.folder,
      trigger: triggerPath,
      checkpoint: viewOf(checkpoint),
    },
    text: `The next conversation in ${project.folder} starts from ${checkpoint.sessionId}: ${printable(oneLine(checkpoint.lastTask, 80))}\n`,
  };
}

function list(project: Project): Answer {
  const { checkpoints, problems } = listCheckpoints(project);
  return {
    json: {
      type: "agent_sessions.checkpoints",
      workspace: project.folder,
      count: checkpoints.length,
      checkpoints: checkpoints.map(viewOf),
      problems,
    },
    text({ out, err, style }) {
      for (const problem of problems) err(`${problem}\n`);
      if (checkpoints.length === 0) err(`No checkpoint has been saved in ${project.folder} yet.\n`);
      else out(tableOf(checkpoints, style));
    },
  };
}

function viewOf({ isByHand, resumedFrom, openCommand, ...saved }: SavedCheckpoint): object {
  return {
    ...saved,
    savedBy: isByHand ? "hand" : "hook",
    resumedFrom,
    openCommand: quoteWords(openCommand),
  };
}

function tableOf(checkpoints: readonly SavedCheckpoint[], style: Style): string {
  const now = new Date();
  const rows = checkpoints.map((one) => [
    style.bold(one.sessionId),
    formatAge(one.lastSeenAt, now),
    one.isByHand ? "by hand" : "automatic",
    printable(oneLine(one.lastTask, 60)),
    style.dim(quoteWords(one.openCommand)),
  ]);
  return formatTable([["SESSION", "LAST SEEN", "SAVED", "LAST TASK", "REOPEN"].map(style.dim), ...rows]);
}
