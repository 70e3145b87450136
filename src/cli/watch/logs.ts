import { type LoggedEvent, logs } from "../../app/watch/logs.ts";
import { pick } from "../../domain/json-line.ts";
import { defineCommand } from "../command.ts";
import { type CommonOptions, TURN_OPTION, withCommon } from "../options.ts";
import { formatAge, formatDuration } from "../output/numbers.ts";
import type { Style } from "../output/style.ts";
import { printable, printableLines } from "../output/table.ts";
import { breakLine, cutTo } from "../output/width.ts";
import { placeOf } from "../place.ts";

interface LogsFlags extends CommonOptions {
  turn?: string;
}

export const logsCommand = defineCommand({
  name: "logs",
  args: [["<name>", "the name of the conversation"]],
  summary: "what the agent did in a turn: its tools, and what it said",
  description:
    "Prints what the agent did in a turn, as far as its output shows it: each tool with its command or file and whether it failed, what the agent said on the way, its retries and warnings. A running turn is shown up to now; attach follows it. The output of every turn of a name is kept for 7 days after its end (see: agent-sessions gc); prompts and answers stay in history.",
  examples: [
    "agent-sessions logs review-src",
    "agent-sessions logs review-src --turn 20261126-215111-85d6a513",
    "agent-sessions logs review-src --json | jq -r '.events[] | select(.failed) | .name'",
  ],
  options(command) {
    withCommon(command.option(...TURN_OPTION));
  },
  async run(io, name: string, flags: LogsFlags) {
    const context = io.openContext();
    const found = await logs(context, {
      name,
      ...(await placeOf(io, context, flags, name)),
      turnId: flags.turn,
    });
    const { turn, events } = found;
    return {
      json: {
        type: "agent_sessions.logs",
        ...pick(found, "turnId", "agent"),
        outcome: turn?.outcome,
        events,
      },
      text({ out, style }) {
        const { columns } = io.terminal.size() ?? {};
        const state =
          turn === undefined
            ? "running"
            : `${turn.outcome.replace("_", " ")}, ${formatAge(turn.endedAt, context.now())}, took ${formatDuration(turn.durationMs)}`;
        const head = style.dim(`turn ${found.turnId}: ${state}`);
        out(`${head}\n${linesOf(events, columns, style).join("")}`);
      },
    };
  },
});

/** A call of a tool is one line, with its end where that is known. */
function linesOf(events: readonly LoggedEvent[], columns: number | undefined, style: Style): string[] {
  const failed = new Set(
    events.flatMap((event) => (event.type === "tool" && event.failed === true ? event.id : [])),
  );
  const ended = new Set(
    events.flatMap((event) => (event.type === "tool" && event.phase === "end" ? event.id : [])),
  );
  const room = columns ?? Number.POSITIVE_INFINITY;
  return events.flatMap((event) => {
    switch (event.type) {
      case "tool": {
        if (event.phase === "end") return [];
        const state = failed.has(event.id) ? "failed  " : ended.has(event.id) ? "" : "running  ";
        const text = cutTo(printable(`${state}${event.name}  ${event.about ?? ""}`.trimEnd()), room - 2);
        return [`${failed.has(event.id) ? style.red("✗") : style.green("•")} ${text}\n`];
      }
      case "text":
        return said(event.text, room, (line) => line);
      case "retry":
        return said(`retry: ${event.reason}`, room, style.yellow);
      case "warning":
        return said(`warning: ${event.message}`, room, style.yellow);
      case "failure":
        return said(event.text ?? event.reason ?? "failed", room, style.red);
      default:
        return [];
    }
  });
}

function said(text: string, room: number, paint: (line: string) => string): string[] {
  return printableLines(text)
    .trimEnd()
    .split("\n")
    .flatMap((line) => breakLine(line, room - 2))
    .map((line) => `  ${paint(line)}`.trimEnd().concat("\n"));
}
