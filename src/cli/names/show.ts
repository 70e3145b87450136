import { agents } from "../../agents/index.ts";
import { type Shown, show } from "../../app/tell/show.ts";
import type { Continuity } from "../../domain/turn/turn.ts";
import { quoteWord, quoteWords } from "../../domain/words.ts";
import { defineCommand } from "../command.ts";
import { type CommonOptions, placeOf, withCommon } from "../options.ts";
import { describeWindow } from "../output/busy-window.ts";
import { formatAge, formatDuration, formatUsage } from "../output/numbers.ts";
import { showRecord } from "../output/records/show.ts";
import type { Style } from "../output/style.ts";
import { formatTable, printable } from "../output/table.ts";

export const showCommand = defineCommand({
  name: "show",
  args: [["<name>", "the name of the conversation"]],
  summary: "what is known about a conversation",
  description:
    "Shows a conversation: whether it is busy, what its last turn came to, how much was said in it outside agent-sessions, what it has cost, and how to reopen it.",
  examples: [
    "agent-sessions show review-src",
    "agent-sessions show review-src --json | jq -r .last_turn.text",
  ],
  options: (command) => withCommon(command),
  async run(io, name: string, flags: CommonOptions) {
    const context = io.openContext();
    const shown = await show(context, { name, ...placeOf(io, flags) });
    return {
      json: showRecord(shown),
      text: ({ out, style }) => out(describe(shown, context.now(), style)),
    };
  },
});

const CAME_FROM: Partial<Record<Continuity, string>> = {
  forked: "forked from",
  cleared: "cleared from",
  rotated: "moved on from",
  fresh: "in place of",
};

function describe(shown: Shown, now: Date, style: Style): string {
  const { entry, record, busy, window, lastTurn } = shown;
  const rows: string[][] = [["agent", shown.agent]];
  const add = (label: string, value: string | undefined) => {
    if (value !== undefined && value !== "") rows.push([label, printable(value)]);
  };
  if (busy !== undefined) {
    const who = busy.isCallerGone ? ", its command is gone, the agent goes on" : "";
    rows.push([
      "state",
      style.yellow(`busy for ${formatDuration(now.getTime() - Date.parse(busy.since))}${who}`),
    ]);
  } else if (window !== undefined) {
    rows.push(["state", style.yellow(describeWindow(window))]);
  } else if (lastTurn !== undefined) {
    const outcome =
      lastTurn.outcome === "succeeded" ? style.green(lastTurn.outcome) : style.red(lastTurn.outcome);
    const duration = formatDuration(Date.parse(lastTurn.at) - Date.parse(lastTurn.startedAt));
    const when = `${formatAge(lastTurn.at, now)}, took ${duration} (${lastTurn.continuity})`;
    rows.push(["last turn", `${outcome}, ${when}`]);
  }
  add("model", entry.lastModel);
  add("effort", effortOf(shown));
  add("agent-cmd", entry.agentCommand);
  add("agent-arg", entry.agentArgs === undefined ? undefined : quoteWords(entry.agentArgs));
  add("access", record?.access);
  add("role", record?.roleText === undefined ? undefined : firstLine(record.roleText));
  add("turns", turnsOf(shown));
  add("used", usedBy(shown));
  add("workspace", shown.workspace);
  add("session", entry.sessionId);
  for (const [at, { began }] of shown.lineage.entries()) {
    const parent = shown.lineage[at + 1];
    if (parent !== undefined) add((began && CAME_FROM[began]) ?? "came from", parent.sessionId);
  }
  add("transcript", shown.transcript);
  const open = quoteWords([shown.openCommand.file, ...shown.openCommand.args]);
  add("reopen", `cd ${quoteWord(shown.workspace)} && ${open}`);
  const answer = lastTurn?.failure?.message ?? lastTurn?.text;
  const tail = answer === undefined || answer === "" ? "" : `\n${answer.trimEnd()}\n`;
  return `${style.bold(printable(entry.name))}\n${formatTable(rows.map(([label = "", value = ""]) => [`  ${style.dim(label)}`, value]))}${tail}`;
}

function turnsOf({ turnCount, exchangesOutside: others }: Shown): string {
  if (others === 0) return String(turnCount);
  if (others === undefined) return `${turnCount}; what was said outside agent-sessions can't be told`;
  return `${turnCount}, and ${others === 1 ? "1 exchange" : `${others} exchanges`} outside agent-sessions`;
}

function usedBy({ usage, unknownTurns }: Shown): string {
  if (unknownTurns === 0) return formatUsage(usage);
  const turns = unknownTurns === 1 ? "1 turn" : `${unknownTurns} turns`;
  return `at least ${formatUsage(usage)} (${turns} did not tell)`;
}

function effortOf({ agent, entry: { lastEffort } }: Shown): string | undefined {
  const efforts = Object.values(agents).find(({ name }) => name === agent)?.can.efforts;
  const isKnown = lastEffort === undefined || efforts === undefined || efforts.includes(lastEffort);
  return isKnown ? lastEffort : `${lastEffort} (not used: the agent does not know it)`;
}

function firstLine(text: string): string {
  const [line = "", ...more] = text.trim().split("\n");
  return more.length === 0 ? line : `${line} …`;
}
