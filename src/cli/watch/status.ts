import type { Context } from "../../app/context.ts";
import type { OpenWindow } from "../../app/turn/open-windows.ts";
import {
  type BusyReason,
  type Status,
  type StatusRequest,
  status,
  type TurnStatus,
} from "../../app/watch/status.ts";
import { pick } from "../../domain/json-line.ts";
import { defineCommand } from "../command.ts";
import { type CommonOptions, refuseTogether, withCommon } from "../options.ts";
import { type FittedCell, type FittedColumn, fitTable } from "../output/fit.ts";
import { formatAge, formatBytes, formatTokens } from "../output/numbers.ts";
import { type Style, styleFor } from "../output/style.ts";
import { printable } from "../output/table.ts";
import { watchScreen } from "../output/watch.ts";
import { describeWindow, windowView } from "../output/window.ts";
import { foldersOf, placeOf } from "../place.ts";
import { describeActivity } from "../turn/progress.ts";

interface StatusFlags extends CommonOptions {
  all?: boolean;
  ids?: boolean;
  watch?: boolean;
}

export const statusCommand = defineCommand({
  name: "status",
  args: [["[name...]", "only these conversations"]],
  summary: "running and queued turns",
  description:
    "Lists the turns that have not ended: running turns, queued background turns, and queued commands. For each one, status shows why its conversation is busy, since when, and what the agent does.",
  examples: [
    "agent-sessions status",
    "agent-sessions status --all --watch",
    "agent-sessions status review-src --json | jq -r '.turns[0].reason'",
  ],
  options(command) {
    command
      .option("--all", "for all folders of this user")
      .option("--ids", "also show the ids of turns and processes")
      .option("--watch", "draw the table again and again, until Ctrl-C");
    withCommon(command, "only this agent");
  },
  async run(io, names: string[], flags: StatusFlags) {
    const { all = false, agent, watch = false } = flags;
    refuseTogether({ "--json": flags.json, "--watch": watch });
    refuseTogether({ "--all": all, "--here": flags.here });
    const context = io.openContext();
    const folders = all ? undefined : foldersOf(io, flags);
    const [workspace] = folders ?? [];
    const requests: StatusRequest[] = [];
    for (const name of new Set(names))
      requests.push({
        name,
        ...(all ? { workspace: undefined, agent } : await placeOf(io, context, flags, name)),
      });
    if (requests.length === 0) requests.push({ workspace: folders, agent });
    const look = () => statusOfAll(context, requests);
    const drawn = ({ turns, windows }: Status, style: Style) => {
      if (turns.length + windows.length === 0) return "No turn runs.\n";
      const { columns } = io.terminal.size() ?? {};
      const isPlaced = [...turns, ...windows].some((one) => one.workspace !== workspace);
      return table(turns, windows, { ...flags, all: all || isPlaced, columns }, context.now(), style);
    };
    const styled = styleFor(io.terminal.hasColor.out);
    if (watch) return watchScreen(io, async () => drawn(await look(), styled));
    const found = await look();
    const { turns, windows, keepers } = found;
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
          : ({ out, style }) => out(drawn(found, style)),
    };
  },
});

async function statusOfAll(context: Context, requests: readonly StatusRequest[]): Promise<Status> {
  const found = await Promise.all(requests.map((request) => status(context, request)));
  return {
    turns: found.flatMap(({ turns }) => turns),
    windows: found.flatMap(({ windows }) => windows),
    keepers: found.flatMap(({ keepers }) => keepers),
  };
}

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

interface TableOptions extends StatusFlags {
  /** Of the terminal; absent if the table goes elsewhere. */
  columns?: number | undefined;
}

function table(
  turns: readonly TurnStatus[],
  windows: readonly OpenWindow[],
  { all = false, ids = false, columns }: TableOptions,
  now: Date,
  style: Style,
): string {
  const head: FittedColumn[] = [
    { head: "NAME", least: 12 },
    { head: "STATE", least: 10 },
    { head: "AGENT", leaveOut: 3 },
    { head: "SINCE" },
    { head: "DOING", least: 8 },
    { head: "LAST OUTPUT", leaveOut: 4 },
    { head: "CALLED BY", least: 8, leaveOut: 5 },
    ...(all ? [{ head: "WORKSPACE", least: 10, cut: "start" as const }] : []),
    ...(ids ? [{ head: "TURN" }] : []),
  ];
  const ended = (workspace: string, id: string): FittedCell[] => [
    ...(all ? [{ text: printable(workspace) }] : []),
    ...(ids ? [{ text: id, style: style.dim }] : []),
  ];
  const rows = turns.map((turn): FittedCell[] => [
    { text: printable(turn.name ?? turn.sessionId ?? ""), style: style.bold },
    stateOf(turn, now, style),
    { text: turn.agent },
    { text: formatAge(turn.since, now) },
    { text: turn.doing === undefined ? "" : describeActivity(turn.doing) },
    {
      text:
        turn.lastOutputAt === undefined
          ? ""
          : `${formatAge(turn.lastOutputAt, now)}, ${formatBytes(turn.outputBytes)}${turn.tokens === undefined ? "" : `, ${formatTokens(turn.tokens)} tokens`}`,
    },
    { text: printable(turn.calledBy ?? "") },
    ...ended(turn.workspace, turn.turnId ?? `process ${turn.pid ?? "unknown"}`),
  ]);
  const open = windows.map(({ name, agent, workspace, ...window }): FittedCell[] => [
    { text: printable(name), style: style.bold },
    { text: describeWindow(window), style: style.yellow },
    { text: agent },
    { text: window.since === undefined ? "" : formatAge(window.since, now) },
    ...["", "", ""].map((text) => ({ text })),
    ...ended(workspace, ""),
  ]);
  return fitTable(head, [...rows, ...open], columns, style.dim);
}

function stateOf(turn: TurnStatus, now: Date, style: Style): FittedCell {
  const notes = [
    ...(turn.isStalled ? ["stalled"] : []),
    ...(turn.deadlineAt === undefined ? [] : [deadlineNote(turn.deadlineAt, now)]),
  ];
  const on = turn.worker === undefined ? "" : ` on ${printable(turn.worker)}`;
  const words = [`${REASONS[turn.reason]}${on}`, ...notes].join(", ");
  if (turn.problem === undefined) return { text: words, style: style.yellow };
  return { text: printable(`${words}: ${turn.problem}`), style: style.red };
}

function deadlineNote(at: string, now: Date): string {
  const leftS = Math.round((Date.parse(at) - now.getTime()) / 1000);
  return leftS > 0 ? `${leftS} s left` : "past its deadline";
}
