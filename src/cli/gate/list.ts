import { listGates } from "../../app/gate/find.ts";
import { defineCommand } from "../command.ts";
import { type CommonOptions, refuseTogether } from "../options.ts";
import { type FittedCell, type FittedColumn, fitTable } from "../output/fit.ts";
import { formatAge } from "../output/numbers.ts";
import { printable } from "../output/table.ts";
import { foldersOf } from "../place.ts";
import { summaryOf, withPlace, words } from "./view.ts";

interface ListFlags extends CommonOptions {
  all?: boolean;
}

/** Of a text, so much may stand in a table. */
const FIRST_WORDS = 100;

export const listGatesCommand = defineCommand({
  name: "list",
  summary: "what waits for a person, and what was answered",
  description:
    "Lists the gates of the current folder and those above it in its repository, or with --all of all folders: those that wait first, then the newest. It does not show what they show.",
  examples: ["agent-sessions gate list", "agent-sessions gate list --all --json | jq -r '.gates[].id'"],
  needsNoConfig: true,
  options(command) {
    withPlace(command.option("--all", "for all folders of this user"));
  },
  run(io, flags: ListFlags) {
    const { all = false } = flags;
    refuseTogether({ "--all": all, "--workspace": flags.workspace, "--here": flags.here });
    const folders = all ? undefined : foldersOf(io, flags);
    const [workspace] = folders ?? [];
    const context = io.openContext();
    const gates = listGates(context, folders);
    return {
      json: () => ({
        type: "agent_sessions.gates",
        workspace,
        count: gates.length,
        gates: gates.map(summaryOf),
      }),
      text({ out, err, style }) {
        if (gates.length === 0)
          return err(`No gate is in ${workspace === undefined ? "any folder" : printable(workspace)}.\n`);
        const isPlaced = gates.some((gate) => gate.workspace !== workspace);
        const head: FittedColumn[] = [
          { head: "GATE", least: 12 },
          { head: "STATE" },
          { head: "SINCE", leaveOut: 2 },
          { head: "BY", least: 8, leaveOut: 3 },
          ...(isPlaced ? [{ head: "WORKSPACE", least: 10, cut: "start" as const }] : []),
          { head: "SHOWS", least: 20, leaveOut: 1 },
        ];
        const rows = gates.map((gate): FittedCell[] => {
          const isWaiting = gate.state === "waiting";
          const first = gate.shown.trimStart().slice(0, FIRST_WORDS).replaceAll(/\s+/g, " ");
          return [
            { text: printable(gate.id), style: style.bold },
            { text: gate.state, style: isWaiting ? style.yellow : undefined },
            { text: formatAge(gate.answeredAt ?? gate.askedAt, context.now()) },
            { text: words(gate.answeredBy), style: style.dim },
            ...(isPlaced ? [{ text: printable(gate.workspace) }] : []),
            { text: printable(note(gate.note) ?? first), style: style.dim },
          ];
        });
        out(fitTable(head, rows, io.terminal.size()?.columns, style.dim));
      },
    };
  },
});

function note(text: string | undefined): string | undefined {
  return text === undefined ? undefined : `Note: ${text.slice(0, FIRST_WORDS).replaceAll(/\s+/g, " ")}`;
}
