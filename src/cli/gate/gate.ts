import { askGate } from "../../app/gate/ask.ts";
import { type GateQuery, lookAtGate } from "../../app/gate/find.ts";
import { type Gate, shortHash } from "../../domain/gate/gate.ts";
import { quoteWords } from "../../domain/words.ts";
import { readStdin, readTextFile } from "../ask/prompt.ts";
import { type Answer, defineCommand } from "../command.ts";
import { type CommonOptions, placeFlags } from "../options.ts";
import { formatAge } from "../output/numbers.ts";
import { printable, printableLines } from "../output/table.ts";
import { foldersOf } from "../place.ts";
import type { CommandIo } from "../terminal.ts";
import { approveGate, refuseGate } from "./answer.ts";
import { listGatesCommand } from "./list.ts";
import { EXIT_CODES, gateView, withPlace, words } from "./view.ts";

interface GateFlags extends CommonOptions {
  shows?: string;
}

export const gateCommand = defineCommand({
  name: "gate",
  args: [["<gate>", "its id, such as release-7/plan: the run and the step"]],
  summary: "let a script wait for a person who has read what it shows",
  description:
    "Asks a person to approve a text, and ends at once, whatever the answer is: with 0 if the text is approved (the note is printed), with 20 while it waits for an answer, with 21 if it is refused. The script ends too, and is run again later: with --request-id its turns are not asked again. A text that has changed is asked about anew. Without --shows, it shows the gate. Gates belong to a folder, as names do. An agent in a turn can ask, but not answer.",
  examples: [
    "agent-sessions gate release-7/plan --shows plan.md",
    "agent-sessions send job --request-id plan 'Plan it.' | agent-sessions gate job/plan --shows -",
    "agent-sessions gate release-7/plan",
    "agent-sessions gate approve release-7/plan 'Without step 3.'",
    "agent-sessions gate list --all",
  ],
  needsNoConfig: true,
  commands: [approveGate, refuseGate, listGatesCommand],
  options(command) {
    withPlace(command.option("--shows <file>", "the text to approve; - reads it from standard input"));
  },
  async run(io, id: string, flags: GateFlags): Promise<Answer> {
    const context = io.openContext();
    const query: GateQuery = { id, workspace: foldersOf(io, flags) };
    const { shows: file } = flags;
    const isAsked = file !== undefined;
    const gate = isAsked
      ? await askGate(context, { ...query, shows: await textOf(io, file) })
      : lookAtGate(context, query);
    if (gate.workspace !== query.workspace[0])
      context.notify(`${JSON.stringify(gate.id)} belongs to ${gate.workspace}.`);
    const command = (verb: string[], ...more: string[]) =>
      `agent-sessions gate ${quoteWords([...verb, gate.id, ...more])}${placeFlags(flags)}`;
    return {
      json: { type: "agent_sessions.gate", ...gateView(gate) },
      exitCode: EXIT_CODES[gate.state],
      text({ out, err }) {
        const { state, note } = gate;
        if (!isAsked) err(`${printableLines(gate.shown).trimEnd()}\n\n`);
        err(`${describe(gate, context.now())}\n`);
        if (state === "approved" && note !== undefined) out(`${note}\n`);
        if (state !== "waiting") return;
        if (isAsked) err(`Read it:    ${command([])}\n`);
        err(
          `Approve it: ${isAsked ? command(["approve"]) : command(["approve"], "--sha256", shortHash(gate))}\n`,
        );
        err(`Refuse it:  ${command(["refuse"], "why")}\n`);
      },
    };
  },
});

function textOf(io: CommandIo, file: string): Promise<string> | string {
  return file === "-" ? readStdin(io, "text") : readTextFile(io, file, "file to show");
}

function describe(gate: Gate, now: Date): string {
  const { id, state, note, askedAt, answeredAt, answeredBy } = gate;
  const what = `The gate ${JSON.stringify(id)}`;
  if (state === "waiting")
    return `${printable(what)} waits for a person; it was asked ${formatAge(askedAt, now)}.`;
  const said = state === "refused" && note !== undefined ? `: ${printableLines(note)}` : ".";
  return `${printable(what)} was ${state} by ${words(answeredBy)}, ${formatAge(answeredAt, now)}${said}`;
}
