import type { Command } from "commander";
import type { Answerer, Gate, GateState } from "../../domain/gate/gate.ts";
import { pick } from "../../domain/json-line.ts";
import { JSON_OPTION } from "../options.ts";
import { printable } from "../output/table.ts";

/** With what a script is told how a gate stands: it has to stop, and no other command ends so. */
export const EXIT_CODES: Record<GateState, number> = { approved: 0, waiting: 20, refused: 21 };

/** Adds the options that say where a gate is. */
export function withPlace(command: Command): Command {
  return command
    .option("-w, --workspace <dir>", "exactly this folder (default: the current one)")
    .option("--here", "only the current folder, without those above it in the repository")
    .option(...JSON_OPTION);
}

/** Returns a gate as JSON has it. */
export function gateView(gate: Gate): object {
  return {
    ...summaryOf(gate),
    shown: gate.shown,
    earlier: gate.earlier.map(({ by, ...answer }) => ({ ...answer, by: byView(by) })),
  };
}

/** Returns the same without the text that it shows, and without what was answered before. */
export function summaryOf(gate: Gate): object {
  return {
    ...pick(gate, "id", "workspace", "state", "note", "sha256", "askedAt", "answeredAt"),
    answeredBy: gate.answeredBy && byView(gate.answeredBy),
  };
}

function byView({ user, host, pid, terminal }: Answerer): object {
  return { user, host, pid, terminal };
}

/** Returns who has answered, in words for people. */
export function words(by: Answerer | undefined): string {
  if (by === undefined) return "-";
  const { user, host, terminal } = by;
  return printable(`${user} on ${host}${terminal === undefined ? "" : ` (${terminal})`}`);
}
