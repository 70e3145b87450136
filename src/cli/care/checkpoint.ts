import type { Command } from "commander";
import {
  listCheckpoints,
  removeCheckpoint,
  removeOldCheckpoints,
  reopenWords,
  resumeNext,
} from "../../app/tell/checkpoints.ts";
import { type Checkpoint, lastSeenMs } from "../../domain/checkpoint/checkpoint.ts";
import { oneLine } from "../../domain/checkpoint/clip.ts";
import { AppError } from "../../domain/errors.ts";
import { quoteWords } from "../../domain/words.ts";
import { parseDurationOption, workspaceOf } from "../options.ts";
import { jsonLine } from "../output/json.ts";
import { formatAge } from "../output/numbers.ts";
import { checkpointRecord } from "../output/records/checkpoint.ts";
import { styleFor } from "../output/style.ts";
import { formatTable, printable } from "../output/table.ts";
import type { CommandIo } from "../terminal.ts";

interface CheckpointFlags {
  resumeNext?: string | true;
  remove?: string;
  removeOlderThan?: number;
  workspace?: string;
  json?: boolean;
}

const EXAMPLES = `Examples:
  agent-sessions checkpoint
  agent-sessions checkpoint --resume-next            # the next claude here starts from the latest one
  agent-sessions checkpoint --resume-next 7ceb00a5
  agent-sessions checkpoint --remove 7ceb00a5
  agent-sessions checkpoint --remove-older-than 90d
`;

export function addCheckpoint(program: Command, io: CommandIo, done: (exitCode: number) => void): void {
  program
    .command("checkpoint")
    .summary("what the session-persist plugin has saved")
    .description(
      "Lists the checkpoints that the session-persist plugin has saved in a project, or leaves one for the next conversation there to start from.",
    )
    .addHelpText("before", EXAMPLES)
    .option("--resume-next [id]", "have the next conversation start from this one (default: the latest)")
    .option("--remove <id>", "remove this one; the agent's own transcript stays")
    .option(
      "--remove-older-than <duration>",
      "remove those that were last seen so long ago and not saved by hand",
      parseDurationOption,
    )
    .option("-w, --workspace <dir>", "the project (default: this folder)")
    .option("--json", "print one JSON object, also for errors")
    .action((flags: CheckpointFlags) => {
      const project = workspaceOf(io, flags);
      refuseTwoAtOnce(flags);
      if (flags.resumeNext !== undefined) leaveForNext(project, flags, io);
      else if (flags.remove !== undefined) {
        const removed = removeCheckpoint(projectAt(project, io), flags.remove);
        answer(io, flags, { type: "agent_sessions.checkpoint_removed", session_id: removed.sessionId }, () =>
          io.terminal.err(`Removed the checkpoint of ${removed.sessionId}.\n`),
        );
      } else if (flags.removeOlderThan !== undefined) removeOld(project, flags.removeOlderThan, flags, io);
      else list(project, flags, io);
      done(0);
    });
}

function projectAt(folder: string, io: CommandIo) {
  return { folder, env: io.around.env };
}

function refuseTwoAtOnce({ resumeNext: next, remove, removeOlderThan }: CheckpointFlags): void {
  const given = [
    ...(next === undefined ? [] : ["--resume-next"]),
    ...(remove === undefined ? [] : ["--remove"]),
    ...(removeOlderThan === undefined ? [] : ["--remove-older-than"]),
  ];
  if (given.length < 2) return;
  throw new AppError("usage", `${given.join(" and ")} contradict each other.`, { hint: "Give one of them." });
}

function removeOld(project: string, olderThanMs: number, flags: CheckpointFlags, io: CommandIo): void {
  const removed = removeOldCheckpoints(projectAt(project, io), Date.now() - olderThanMs);
  const ids = removed.map(({ sessionId }) => sessionId);
  answer(io, flags, { type: "agent_sessions.checkpoints_removed", session_ids: ids }, () =>
    io.terminal.err(`Removed ${ids.length === 1 ? "1 checkpoint" : `${ids.length} checkpoints`}.\n`),
  );
}

function leaveForNext(project: string, flags: CheckpointFlags, io: CommandIo): void {
  const wanted = typeof flags.resumeNext === "string" ? flags.resumeNext : "latest";
  const { checkpoint, triggerPath } = resumeNext(projectAt(project, io), wanted);
  const record = {
    type: "agent_sessions.resume_next_set",
    workspace: project,
    trigger: triggerPath,
    checkpoint: checkpointRecord(checkpoint),
  };
  answer(io, flags, record, () =>
    io.terminal.err(
      `The next conversation in ${project} starts from ${checkpoint.sessionId}: ${printable(oneLine(checkpoint.lastTask, 80))}\n`,
    ),
  );
}

function list(project: string, flags: CheckpointFlags, io: CommandIo): void {
  const { terminal } = io;
  const { checkpoints, problems } = listCheckpoints(projectAt(project, io));
  if (!flags.json) for (const problem of problems) terminal.err(`${problem}\n`);
  const record = {
    type: "agent_sessions.checkpoints",
    workspace: project,
    count: checkpoints.length,
    checkpoints: checkpoints.map(checkpointRecord),
    problems,
  };
  answer(io, flags, record, () => {
    if (checkpoints.length === 0) terminal.err(`No checkpoint has been saved in ${project} yet.\n`);
    else terminal.out(tableOf(checkpoints, io));
  });
}

function tableOf(checkpoints: readonly Checkpoint[], { terminal }: CommandIo): string {
  const style = styleFor(terminal.hasColor.out);
  const now = new Date();
  const rows = checkpoints.map((one) => [
    style.bold(one.sessionId),
    formatAge(new Date(lastSeenMs(one)).toISOString(), now),
    one.isByHand ? "by hand" : "automatic",
    printable(oneLine(one.lastTask, 60)),
    style.dim(quoteWords(reopenWords(one))),
  ]);
  return formatTable([["SESSION", "LAST SEEN", "SAVED", "LAST TASK", "REOPEN"].map(style.dim), ...rows]);
}

function answer(io: CommandIo, { json }: CheckpointFlags, record: object, say: () => void): void {
  if (json) io.terminal.out(jsonLine(record));
  else say();
}
