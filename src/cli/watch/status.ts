import type { OpenWindow } from "../../app/turn/open-windows.ts";
import { type BusyReason, status, type TurnStatus } from "../../app/watch/status.ts";
import { defineCommand } from "../command.ts";
import { type CommonOptions, withCommon, workspaceOf } from "../options.ts";
import { pick } from "../output/json.ts";
import { formatAge, formatBytes } from "../output/numbers.ts";
import type { Style } from "../output/style.ts";
import { formatTable, printable } from "../output/table.ts";
import { describeWindow, windowView } from "../output/window.ts";
import { describeActivity } from "../turn/progress.ts";

interface StatusFlags extends CommonOptions {
  all?: boolean;
}

export const statusCommand = defineCommand({
  name: "status",
  args: [["[name]", "only this conversation"]],
  summary: "running and queued turns",
  description:
    "Lists the turns that have not ended: running turns, queued background turns, and queued commands. For each one, status shows why its conversation is busy, since when, and what the agent does.",
  examples: [
    "agent-sessions status",
    "agent-sessions status review-src --json | jq -r '.turns[0].reason'",
    "agent-sessions status --all",
  ],
  options(command) {
    withCommon(command.option("--all", "for all folders of this user"), "only this agent");
  },
  async run(io, name: string | undefined, flags: StatusFlags) {
    const { all = false, agent } = flags;
    const context = io.openContext();
    const workspace = all ? undefined : workspaceOf(io, flags);
    const { turns, windows, keepers } = await status(context, { workspace, name, agent });
    return {
      json: {
        type: "agent_sessions.status",
        workspace,
        count: turns.length,
        turns,
        windows: windows.map((window) => ({
          ...pick(window, "name", "agent", "sessionId", "workspace"),
          ...windowView(window),
        })),
        keepers,
      },
      text:
        turns.length + windows.length === 0
          ? "No turn runs.\n"
          : ({ out, style }) => out(table(turns, windows, all, context.now(), style)),
    };
  },
});

const REASONS: Record<BusyReason, string> = {
  running: "running",
  unattended: "running (caller has exited)",
  answered: "has answered but does not exit",
  left_behind: "processes it has started still run",
  elsewhere: "on another machine",
  unsettled: "ended, not yet recorded",
  queued: "queued",
  waiting: "queued (foreground command)",
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
    ...(turn.isStalled ? ["stalled"] : []),
    ...(turn.deadlineAt === undefined ? [] : [deadlineNote(turn.deadlineAt, now)]),
  ];
  const words = [REASONS[turn.reason], ...notes].join(", ");
  return turn.problem === undefined ? style.yellow(words) : style.red(`${words}: ${turn.problem}`);
}

function deadlineNote(at: string, now: Date): string {
  const leftS = Math.round((Date.parse(at) - now.getTime()) / 1000);
  return leftS > 0 ? `${leftS} s left` : "past its deadline";
}
