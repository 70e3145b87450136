import { answerGate } from "../../app/gate/answer.ts";
import { type GateDecision, shortHash } from "../../domain/gate/gate.ts";
import { type Answer, defineCommand } from "../command.ts";
import type { CommonOptions } from "../options.ts";
import { formatAge } from "../output/numbers.ts";
import { printable, printableLines } from "../output/table.ts";
import { cutTo } from "../output/width.ts";
import { foldersOf } from "../place.ts";
import type { CommandIo } from "../terminal.ts";
import { gateView, withPlace, words } from "./view.ts";

interface AnswerFlags extends CommonOptions {
  sha256?: string;
}

/** So much of what was answered is shown. */
const LINES = 10;
const COLUMNS = 160;

export const approveGate = defineCommand({
  name: "approve",
  args: [
    ["<gate>", "its id"],
    ["[note]", "what the script is told with it: the gate prints it"],
  ],
  summary: "let the script go on that shows this text",
  description:
    "Approves what a gate shows now, and prints its first lines. The note goes to the script. The same answer once more changes nothing; another answer counts from now on, but what has run already has run. A text that is shown later needs an answer of its own. An agent is refused.",
  examples: [
    "agent-sessions gate approve release-7/plan",
    "agent-sessions gate approve release-7/plan 'Without step 3.'",
    "agent-sessions gate approve release-7/plan --sha256 2c26b46b68ffc68f",
  ],
  needsNoConfig: true,
  options: withSha256,
  run: (io, id: string, note: string | undefined, flags: AnswerFlags) =>
    answer(io, "approved", { id, note, flags }),
});

export const refuseGate = defineCommand({
  name: "refuse",
  args: [
    ["<gate>", "its id"],
    ["[note]", "why: the script is told it on standard error"],
  ],
  summary: "keep the script from going on that shows this text",
  description:
    "Refuses what a gate shows now. The script that asks ends with 21, with the note as the reason, until it shows another text. All else is as with approve.",
  examples: ["agent-sessions gate refuse release-7/plan 'It drops a table.'"],
  needsNoConfig: true,
  options: withSha256,
  run: (io, id: string, note: string | undefined, flags: AnswerFlags) =>
    answer(io, "refused", { id, note, flags }),
});

function withSha256(command: Parameters<typeof withPlace>[0]): void {
  withPlace(
    command.option(
      "--sha256 <hash>",
      "answer only the text with this hash, or one that begins so (at least 16 digits)",
    ),
  );
}

async function answer(
  io: CommandIo,
  decision: GateDecision,
  { id, note, flags }: { id: string; note: string | undefined; flags: AnswerFlags },
): Promise<Answer> {
  const context = io.openContext();
  const request = { id, note, decision, sha256: flags.sha256, workspace: foldersOf(io, flags) };
  const { gate, before } = await answerGate(context, request);
  return {
    json: { type: "agent_sessions.gate", ...gateView(gate) },
    text({ err }) {
      const lines = printableLines(gate.shown).trimEnd().split("\n");
      for (const line of lines.slice(0, LINES)) err(`  ${cutTo(line, COLUMNS)}\n`);
      if (lines.length > LINES) err(`  ... and ${lines.length - LINES} lines more\n`);
      const what = `${decision === "approved" ? "Approved" : "Refused"} ${printable(JSON.stringify(gate.id))} (${shortHash(gate)})`;
      if (before.state === "waiting") return err(`${what}.\n`);
      const earlier = `by ${words(before.answeredBy)}, ${formatAge(before.answeredAt, context.now())}`;
      const isSame = before.state === gate.state;
      err(
        `${what}${isSame ? ` already: ${earlier}. That answer stays.` : `. Before, it was ${before.state} ${earlier}.`}\n`,
      );
    },
  };
}
