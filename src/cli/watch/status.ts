import type { Command } from "commander";
import { openContext } from "../../app/open-context.ts";
import type { OpenWindow } from "../../app/turn/open-windows.ts";
import { type BusyReason, status, type TurnStatus } from "../../app/watch/status.ts";
import { type CommonOptions, withCommon, workspaceOf } from "../options.ts";
import { describeActivity } from "../output/activity.ts";
import { describeWindow } from "../output/busy-window.ts";
import { jsonLine } from "../output/json.ts";
import { formatAge, formatBytes } from "../output/numbers.ts";
import { statusRecord } from "../output/records/status.ts";
import { type Style, styleFor } from "../output/style.ts";
import { formatTable, printable } from "../output/table.ts";
import type { CommandIo } from "../terminal.ts";

interface StatusFlags extends CommonOptions {
  all?: boolean;
}

const EXAMPLES = `Examples:
  agent-sessions status
  agent-sessions status review-src --json | jq -r '.turns[0].reason'
  agent-sessions status --all
`;

export function addStatus(program: Command, io: CommandIo, done: (exitCode: number) => void): void {
  const command = program
    .command("status")
    .argument("[name]", "only this conversation")
    .summary("the turns that run now")
    .description(
      "Lists the turns that have not ended: those that run, those in the background that wait in line, and the commands that wait. For each of them why its conversation is busy, since when, and what the agent does.",
    )
    .addHelpText("before", EXAMPLES)
    .option("--all", "of all folders of this user");
  withCommon(command, { agent: "only of this agent" }).action(
    async (name: string | undefined, flags: StatusFlags) => {
      const context = openContext(io.around);
      const workspace = flags.all ? undefined : workspaceOf(io, flags);
      const { turns, windows } = await status(context, { workspace, name, agent: flags.agent });
      const { terminal } = io;
      if (flags.json) terminal.out(jsonLine(statusRecord(workspace, turns, windows)));
      else if (turns.length + windows.length === 0) terminal.err("No turn runs.\n");
      else
        terminal.out(
          table(turns, windows, flags.all === true, context.now(), styleFor(terminal.hasColor.out)),
        );
      done(0);
    },
  );
}

const REASONS: Record<BusyReason, string> = {
  running: "running",
  unattended: "running, its command is gone",
  answered: "has answered and does not exit",
  left_behind: "what it started still runs",
  elsewhere: "on another machine",
  unsettled: "ended, not written down",
  queued: "in line",
  waiting: "a command waits in line",
};

function table(
  turns: readonly TurnStatus[],
  windows: readonly OpenWindow[],
  hasWorkspaces: boolean,
  now: Date,
  style: Style,
): string {
  const head = ["NAME", "AGENT", "STATE", "SINCE", "LAST OUTPUT", "DOING", "CALLED BY", "TURN"];
  const rows = turns.map((turn) => [
    style.bold(printable(turn.name ?? turn.sessionId ?? "")),
    turn.agent,
    stateOf(turn, now, style),
    formatAge(turn.since, now),
    turn.lastOutputAt === undefined
      ? ""
      : `${formatAge(turn.lastOutputAt, now)}, ${formatBytes(turn.outputBytes)}`,
    turn.doing === undefined ? "" : describeActivity(turn.doing),
    printable(turn.calledBy ?? ""),
    style.dim(turn.turnId ?? `process ${turn.pid ?? "unknown"}`),
    turn.workspace,
  ]);
  const open = windows.map(({ name, agent, workspace, ...window }) => [
    style.bold(printable(name)),
    agent,
    style.yellow(describeWindow(window)),
    window.since === undefined ? "" : formatAge(window.since, now),
    ...["", "", "", ""],
    workspace,
  ]);
  const all = [[...head, "WORKSPACE"].map(style.dim), ...rows, ...open];
  return formatTable(all.map((row) => (hasWorkspaces ? row : row.slice(0, head.length))));
}

function stateOf(turn: TurnStatus, now: Date, style: Style): string {
  const notes = [
    ...(turn.isStalled ? ["silent"] : []),
    ...(turn.deadlineAt === undefined ? [] : [deadlineNote(turn.deadlineAt, now)]),
  ];
  const words = [REASONS[turn.reason], ...notes].join(", ");
  return turn.problem === undefined ? style.yellow(words) : style.red(`${words}: ${turn.problem}`);
}

function deadlineNote(at: string, now: Date): string {
  const leftS = Math.round((Date.parse(at) - now.getTime()) / 1000);
  return leftS > 0 ? `${leftS} s left` : "past its deadline";
}
