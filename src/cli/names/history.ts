import { type History, history } from "../../app/tell/history.ts";
import type { LeftOut, SaidByOthers } from "../../app/tell/left-out.ts";
import type { PastTurn } from "../../app/turn/ending/result.ts";
import { pastTurnView } from "../../app/turn/ending/view.ts";
import { pick } from "../../domain/json-line.ts";
import { quoteWord } from "../../domain/words.ts";
import { defineCommand } from "../command.ts";
import { type CommonOptions, parseCount, withCommon } from "../options.ts";
import { answerRenderer } from "../output/answer.ts";
import { formatAge, formatDuration, formatUsage } from "../output/numbers.ts";
import { type Style, styleFor } from "../output/style.ts";
import { formatTime } from "../output/time.ts";
import { breakLine, widthOf } from "../output/width.ts";
import { placeOf } from "../place.ts";

interface HistoryFlags extends CommonOptions {
  last?: number;
  pager: boolean;
  raw?: boolean;
}

export const historyCommand = defineCommand({
  name: "history",
  args: [["<name>", "the name of the conversation"]],
  summary: "the prompts and answers of a conversation",
  description:
    "Prints a conversation, oldest first: the prompt, the answer, the outcome and the usage of each turn. Turns before a /clear, and turns of a lost conversation that send --fresh replaced, are included. So is what was said in a window, by another program, before an adoption and before a fork: each is marked, and has no outcome. A line says so where that can't be read any more. In a terminal, a long history is shown in a pager.",
  examples: [
    "agent-sessions history review-src",
    "agent-sessions history review-src --last 1",
    "agent-sessions history review-src --json | jq -r '.turns[].text'",
  ],
  options(command) {
    command
      .option("-n, --last <count>", "only the last turns, and what was said since", parseCount)
      .option("--raw", "print the Markdown of answers as it is, also in a terminal")
      .option("--no-pager", "print all of it, without $PAGER");
    withCommon(command);
  },
  async run(io, name: string, flags: HistoryFlags) {
    const context = io.openContext();
    const found = await history(context, {
      name,
      ...(await placeOf(io, context, flags, name)),
      last: flags.last,
    });
    const render = await answerRenderer(io, flags);
    return {
      json: () => ({
        type: "agent_sessions.history",
        ...pick(found, "name", "agent", "sessionId"),
        turns: found.turns.map((turn) => ({ ...pastTurnView(turn), sessionId: turn.sessionId })),
        notShown: found.leftOut.map((gap) => ({
          ...pick(gap, "kind", "exchanges", "afterTurnId", "beforeTurnId", "sessionId", "name"),
          transcriptPath: gap.transcriptPath,
          said: gap.said?.map(({ prompt, text }) => ({ prompt, text })),
        })),
      }),
      text({ err }) {
        const { terminal } = io;
        if (found.turns.length === 0) err("No turn of agent-sessions has ended in this conversation yet.\n");
        const { columns } = terminal.size() ?? {};
        const style = styleFor(terminal.hasColor.out);
        const pieces = describeAll(found, { columns, now: context.now(), style, render });
        if (pieces.length > 0) terminal.page(pieces.join("\n"), flags.pager, io.config.pager);
      },
    };
  },
});

interface Look {
  /** Of the terminal; absent if the output goes elsewhere. */
  columns: number | undefined;
  now: Date;
  style: Style;
  /** Makes what is printed of an answer. */
  render: (answer: string) => string;
}

function describeAll({ turns, leftOut }: History, look: Look): string[] {
  const piecesAt = (at: number | undefined) =>
    leftOut.filter((gap) => gap.at === at).map((gap) => describeLeftOut(gap, look));
  const pieces = turns.flatMap((turn, at) => [...piecesAt(at), describe(turn, look)]);
  return [...pieces, ...piecesAt(turns.length), ...piecesAt(undefined)];
}

function describe(turn: PastTurn, look: Look): string {
  const body = turn.failure === undefined ? turn.text : `${turn.text}\n\n${turn.failure.message}`;
  return `${headOf(turn, look)}\n${exchange(turn.prompt, body, look)}`;
}

/** The line above a turn; what there is no room for is left out, the least needed first. */
function headOf(turn: PastTurn, { columns = Number.POSITIVE_INFINITY, now, style }: Look): string {
  const { startedAt, outcome, continuity, usage, turnId } = turn;
  const parts: { text: string; style: (text: string) => string; need: number }[] = [
    { text: formatTime(startedAt, now), style: style.dim, need: 5 },
    { text: formatAge(startedAt, now), style: style.dim, need: 2 },
    { text: outcome.replace("_", " "), style: outcome === "succeeded" ? style.green : style.red, need: 6 },
    { text: continuity === "native" ? "" : continuity, style: style.dim, need: 3 },
    { text: formatDuration(turn.durationMs), style: style.dim, need: 1 },
    { text: usage === undefined ? "usage unknown" : formatUsage(usage), style: style.dim, need: 0 },
    { text: turnId, style: style.dim, need: 4 },
  ];
  let shown = parts.filter(({ text }) => text !== "");
  const width = () => shown.reduce((sum, { text }) => sum + widthOf(text) + 2, -2);
  while (width() > columns && shown.length > 1) {
    const least = Math.min(...shown.map(({ need }) => need));
    shown = shown.filter(({ need }) => need !== least);
  }
  return shown.map(({ text, style: paint }) => paint(text)).join(style.dim("  "));
}

function exchange(prompt: string, answer: string, { columns, style, render }: Look): string {
  const lines = prompt.trimEnd().split("\n");
  const fitting = columns === undefined ? lines : lines.flatMap((line) => breakLine(line, columns - 2));
  const asked = fitting.map((line) => style.bold(`> ${line}`));
  return `${asked.join("\n")}\n${render(answer.trim())}\n`;
}

/** Shows what others have said; where that can't be read, says so, and where to find it. */
function describeLeftOut(gap: LeftOut, look: Look): string {
  const { columns = Number.POSITIVE_INFINITY, style } = look;
  const { kind, name, said, at, transcriptPath } = gap;
  if (said === undefined) return `${style.dim(`── ${whyUnread(gap)}`)}\n`;
  const from = name === undefined ? "" : ` of ${quoteWord(name)}`;
  const where =
    kind === "before_fork"
      ? `before the fork${from}`
      : `outside agent-sessions${at === undefined ? ", before, between or after these turns" : ""}`;
  const count = said.length === 1 ? "1 exchange" : `${said.length} exchanges`;
  const line = `── ${count} ${where}`;
  const longer = `${line}; ${transcriptPath}`;
  const heading = style.dim(transcriptPath === undefined || widthOf(longer) > columns ? line : longer);
  const told = said.map(({ prompt, text = "" }: SaidByOthers) => exchange(prompt, text, look));
  return [`${heading}\n`, ...told].join("\n");
}

function whyUnread({ kind, transcriptPath }: LeftOut): string {
  const why = transcriptPath === undefined ? ": the transcript is gone" : `; see ${transcriptPath}`;
  return kind === "before_fork"
    ? `What was said before the fork can't be shown${why}`
    : `The number of exchanges outside agent-sessions is unknown${why}`;
}
