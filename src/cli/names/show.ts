import { agents } from "../../agents/index.ts";
import { type ConversationSummary, show } from "../../app/tell/show.ts";
import { pastTurnView, usageView } from "../../app/turn/ending/view.ts";
import { pick } from "../../domain/json-line.ts";
import type { Continuity } from "../../domain/turn/turn.ts";
import { quoteWords } from "../../domain/words.ts";
import { defineCommand } from "../command.ts";
import { answerForEach } from "../each-name.ts";
import { type CommonOptions, withCommon } from "../options.ts";
import { answerRenderer } from "../output/answer.ts";
import { budgetWords } from "../output/budget.ts";
import { describeNextSend } from "../output/next-send.ts";
import { formatAge, formatDuration, formatUsage } from "../output/numbers.ts";
import type { Style } from "../output/style.ts";
import { formatTable, printable } from "../output/table.ts";
import { cutTo } from "../output/width.ts";
import { describeWindow, windowView } from "../output/window.ts";
import { placeOf } from "../place.ts";

export const showCommand = defineCommand({
  name: "show",
  args: [["<name...>", "the names of the conversations"]],
  summary: "details of a conversation",
  description:
    "Shows a conversation: whether it is busy, how its last turn ended, the number of exchanges outside agent-sessions, its costs, and how to reopen it.",
  examples: [
    "agent-sessions show review-src",
    "agent-sessions show review-a review-b",
    "agent-sessions show review-src --json | jq -r .last_turn.text",
  ],
  options(command) {
    withCommon(command.option("--raw", "print the Markdown of the answer as it is, also in a terminal"));
  },
  async run(io, names: string[], flags: CommonOptions & { raw?: boolean }) {
    const context = io.openContext();
    const render = await answerRenderer(io, flags);
    return answerForEach(io, names, flags, async (asked) => {
      const shown = await show(context, { name: asked, ...(await placeOf(io, context, flags, asked)) });
      return {
        json: viewOf(shown),
        text({ out, style }) {
          const { name, workspace, openCommand } = shown;
          // Not the agent's own command: in that window, our turns would not see that it is open.
          const canOpen = openCommand !== undefined && context.line === undefined;
          const open = canOpen
            ? context.wording.step("open", { name, agent: flags.agent, workspace })
            : undefined;
          const { columns } = io.terminal.size() ?? {};
          out(describe(shown, { open, render, columns, now: context.now(), style }));
        },
      };
    });
  },
});

function viewOf(shown: ConversationSummary) {
  const { agentArgs = [], usage, unknownTurns, lastTurn, transcriptPath } = shown;
  return {
    type: "agent_sessions.show",
    ...pick(shown, "name", "agent", "sessionId", "parentSessionId", "lineage", "workspace", "createdAt"),
    ...pick(shown, "usedAt", "model", "effort", "agentCommand"),
    agentArgs,
    ...pick(shown, "role", "access"),
    busy: busyView(shown),
    ...pick(shown, "queued", "turns", "exchangesOutside"),
    usage: { ...usageView(usage), isLowerBound: unknownTurns > 0 },
    nextSend: shown.nextSend,
    lastTurn: lastTurn && pastTurnView(lastTurn),
    transcriptPath,
    openCommand: openWords(shown),
    budget: shown.budget,
  };
}

/** A window has no turn and no prompt. `since` is known only for a window that `open` has opened. */
function busyView({ busy, window }: ConversationSummary) {
  if (busy === undefined && window === undefined) return undefined;
  return {
    turnId: busy?.turnId,
    state: busy?.state ?? "window",
    waitsBecause: busy?.waitsBecause,
    since: busy?.since ?? window?.since,
    prompt: busy?.prompt,
    isCallerGone: busy?.isCallerGone ?? false,
    window: window && windowView(window),
  };
}

function openWords({ openCommand }: ConversationSummary): string | undefined {
  return openCommand && quoteWords([openCommand.file, ...openCommand.args]);
}

/** How far the values stand from the left: the longest label, and the blanks around it. */
const INDENT = 2 + "moved on from".length + 2;

const CAME_FROM: Partial<Record<Continuity, string>> = {
  forked: "forked from",
  cleared: "cleared from",
  rotated: "moved on from",
  fresh: "replaces",
};

interface Look {
  /** The command that opens the conversation in its agent's own window. */
  open: string | undefined;
  render: (answer: string) => string;
  /** Of the terminal; absent if the output goes elsewhere. */
  columns: number | undefined;
  now: Date;
  style: Style;
}

function describe(shown: ConversationSummary, { open, render, columns, now, style }: Look): string {
  const { busy, window, queued, lastTurn } = shown;
  const rows: [label: string, value: string][] = [["agent", shown.agent]];
  const room = columns === undefined ? Number.POSITIVE_INFINITY : columns - INDENT;
  const add = (label: string, value: string | undefined, cut?: "start") => {
    if (value !== undefined && value !== "") rows.push([label, cutTo(printable(value), room, cut)]);
  };
  const behind = busy?.state === "queued" ? queued - 1 : queued;
  const more = behind === 0 ? "" : `, ${behind} more queued`;
  if (busy !== undefined) {
    const who = busy.isCallerGone ? ", its caller has exited, the agent continues" : "";
    const why = busy.waitsBecause === undefined ? "" : `: ${printable(busy.waitsBecause)}`;
    const what = busy.state === "queued" ? "queued" : "busy";
    const age = formatDuration(now.getTime() - Date.parse(busy.since));
    rows.push(["state", style.yellow(`${what} for ${age}${who}${more}${why}`)]);
  } else if (window !== undefined) {
    rows.push(["state", style.yellow(`${describeWindow(window)}${more}`)]);
  } else if (lastTurn !== undefined) {
    const outcome =
      lastTurn.outcome === "succeeded" ? style.green(lastTurn.outcome) : style.red(lastTurn.outcome);
    const duration = formatDuration(lastTurn.durationMs);
    const how = lastTurn.continuity === "native" ? "" : ` (${lastTurn.continuity})`;
    const when = `${formatAge(lastTurn.endedAt, now)}, took ${duration}${how}`;
    rows.push(["last turn", `${outcome}, ${when}`]);
  }
  add("model", shown.model);
  add("effort", effortOf(shown));
  add("agent-cmd", shown.agentCommand);
  add("agent-arg", shown.agentArgs && quoteWords(shown.agentArgs));
  add("access", shown.access);
  add("role", shown.role && firstLine(shown.role));
  add("turns", turnsOf(shown));
  add("used", usedBy(shown));
  if (shown.budget !== undefined) {
    const words = cutTo(budgetWords(shown.budget), room);
    rows.push(["budget", shown.budget.isOver ? style.red(words) : words]);
  }
  add("next send", describeNextSend(shown.nextSend));
  add("workspace", shown.workspace, "start");
  add("session", shown.sessionId);
  for (const [at, { began }] of shown.lineage.entries()) {
    const parent = shown.lineage[at + 1];
    if (parent !== undefined) add((began && CAME_FROM[began]) ?? "came from", parent.sessionId);
  }
  add("transcript", shown.transcriptPath, "start");
  add("open", open);
  const answer = lastTurn?.failure?.message ?? lastTurn?.text;
  const tail = answer === undefined || answer === "" ? "" : `\n${render(answer.trimEnd())}\n`;
  return `${style.bold(printable(shown.name))}\n${formatTable(rows.map(([label, value]) => [`  ${style.dim(label)}`, value]))}${tail}`;
}

function turnsOf({ turns, exchangesOutside: others }: ConversationSummary): string {
  if (others === 0) return String(turns);
  if (others === undefined) return `${turns}; the number of exchanges outside agent-sessions is unknown`;
  return `${turns}, and ${others === 1 ? "1 exchange" : `${others} exchanges`} outside agent-sessions`;
}

function usedBy({ usage, unknownTurns }: ConversationSummary): string {
  if (unknownTurns === 0) return formatUsage(usage);
  const turns = unknownTurns === 1 ? "1 turn" : `${unknownTurns} turns`;
  return `at least ${formatUsage(usage)} (${turns} did not report usage)`;
}

function effortOf({ agent, effort }: ConversationSummary): string | undefined {
  const efforts = Object.values(agents).find(({ name }) => name === agent)?.can.efforts;
  const isKnown = effort === undefined || efforts === undefined || efforts.includes(effort);
  return isKnown ? effort : `${effort} (ignored: the agent does not support it)`;
}

function firstLine(text: string): string {
  const [line = "", ...more] = text.trim().split("\n");
  return more.length === 0 ? line : `${line} …`;
}
