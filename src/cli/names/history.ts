import { type History, history } from "../../app/tell/history.ts";
import type { LeftOut } from "../../app/tell/left-out.ts";
import type { PastTurn } from "../../app/turn/ending/result.ts";
import { quoteWord } from "../../domain/words.ts";
import { defineCommand } from "../command.ts";
import { type CommonOptions, parseCount, placeOf, withCommon } from "../options.ts";
import { pick } from "../output/json.ts";
import { formatDuration, formatUsage } from "../output/numbers.ts";
import type { Style } from "../output/style.ts";
import { pastTurnView } from "../output/turn.ts";

interface HistoryFlags extends CommonOptions {
  last?: number;
}

export const historyCommand = defineCommand({
  name: "history",
  args: [["<name>", "the name of the conversation"]],
  summary: "the prompts and answers of a conversation",
  description:
    "Prints the turns of a conversation, oldest first: prompt, answer, outcome and usage. Turns before a /clear, and turns of a lost conversation that send --fresh replaced, are included. Exchanges in a window, by another program, before an adoption or before a fork are not included: a line in their place gives their number and where to find them.",
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
      json: () => ({
        type: "agent_sessions.history",
        ...pick(found, "name", "agent", "sessionId"),
        turns: found.turns.map((turn) => ({ ...pastTurnView(turn), sessionId: turn.sessionId })),
        notShown: found.leftOut.map((gap) => ({
          ...pick(gap, "kind", "exchanges", "afterTurnId", "beforeTurnId", "sessionId", "name"),
          transcriptPath: gap.transcriptPath,
        })),
      }),
      text({ out, err, style }) {
        if (found.turns.length === 0) err("No turn of agent-sessions has ended in this conversation yet.\n");
        const pieces = describeAll(found, style);
        if (pieces.length > 0) out(pieces.join("\n"));
      },
    };
  },
});

function describeAll({ turns, leftOut }: History, style: Style): string[] {
  const linesOf = (at: number | undefined) =>
    leftOut.filter((gap) => gap.at === at).map((gap) => `${style.dim(describeLeftOut(gap))}\n`);
  const pieces = turns.flatMap((turn, at) => [...linesOf(at), describe(turn, style)]);
  return [...pieces, ...linesOf(turns.length), ...linesOf(undefined)];
}

function describe(turn: PastTurn, style: Style): string {
  const duration = formatDuration(turn.durationMs);
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

/** Describes what a history leaves out, and where to find it. */
function describeLeftOut({ kind, exchanges, name, transcriptPath, at }: LeftOut): string {
  const source = name === undefined ? transcriptPath : `agent-sessions history ${quoteWord(name)}`;
  const see = source === undefined ? "" : `; see ${source}`;
  const isOne = exchanges === 1;
  const count = `${exchanges} ${isOne ? "exchange" : "exchanges"}`;
  const left = isOne ? "is not shown" : "are not shown";
  if (kind === "before_fork")
    return exchanges === undefined
      ? `Exchanges before the fork are not shown${see}`
      : `${count} from before the fork ${left}${see}`;
  if (exchanges === undefined) {
    const why = transcriptPath === undefined ? ": the transcript is gone" : see;
    return `The number of exchanges outside agent-sessions is unknown${why}`;
  }
  const where = at === undefined ? ", before, between or after these turns," : "";
  return `${count} outside agent-sessions${where} ${left}${see}`;
}
