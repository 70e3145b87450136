import { type History, history } from "../../app/tell/history.ts";
import type { TurnEnded } from "../../domain/session/session.ts";
import { defineCommand } from "../command.ts";
import { type CommonOptions, parseCount, placeOf, withCommon } from "../options.ts";
import { describeNotShown } from "../output/not-shown.ts";
import { formatDuration, formatUsage } from "../output/numbers.ts";
import { historyRecord } from "../output/records/show.ts";
import type { Style } from "../output/style.ts";

interface HistoryFlags extends CommonOptions {
  last?: number;
}

export const historyCommand = defineCommand({
  name: "history",
  args: [["<name>", "the name of the conversation"]],
  summary: "what was said in a conversation",
  description:
    "Prints the turns of a conversation, oldest first: prompt, answer, outcome and usage. What was said before a /clear, or in a conversation that was lost and begun afresh, is there too. What was said in a window, by another program, before an adoption or before a fork is not: a line in its place says how many exchanges that were, and where they are.",
  examples: [
    "agent-sessions history review-src",
    "agent-sessions history review-src --last 1",
    "agent-sessions history review-src --json | jq -r '.turns[].text'",
  ],
  options(command) {
    withCommon(command.option("-n, --last <count>", "only the last turns", parseCount));
  },
  async run(io, name: string, flags: HistoryFlags) {
    const found = await history(io.openContext(), { name, ...placeOf(io, flags), last: flags.last });
    return {
      json: historyRecord(found),
      text({ out, err, style }) {
        if (found.turns.length === 0) err("No turn of agent-sessions has ended in it yet.\n");
        const pieces = describeAll(found, style);
        if (pieces.length > 0) out(pieces.join("\n"));
      },
    };
  },
});

function describeAll({ turns, notShown }: History, style: Style): string[] {
  const linesOf = (at: number | undefined) =>
    notShown.filter((gap) => gap.at === at).map((gap) => `${style.dim(describeNotShown(gap))}\n`);
  const pieces = turns.flatMap((turn, at) => [...linesOf(at), describe(turn, style)]);
  return [...pieces, ...linesOf(turns.length), ...linesOf(undefined)];
}

function describe(turn: TurnEnded, style: Style): string {
  const duration = formatDuration(Date.parse(turn.at) - Date.parse(turn.startedAt));
  const outcome = turn.outcome === "succeeded" ? style.green(turn.outcome) : style.red(turn.outcome);
  const usage = turn.usage === undefined ? "usage unknown" : formatUsage(turn.usage);
  const prompt = turn.prompt
    .trimEnd()
    .split("\n")
    .map((line) => style.bold(`> ${line}`));
  const continuity = turn.continuity === "native" ? "" : `  ${turn.continuity}`;
  const body = turn.failure === undefined ? turn.text : `${turn.text}\n${turn.failure.message}`;
  return `${style.dim(`${turn.startedAt}  `)}${outcome}${style.dim(`${continuity}  ${duration}  ${usage}`)}\n${prompt.join("\n")}\n${body.trim()}\n`;
}
