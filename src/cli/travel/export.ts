import { type Exported, exportConversation } from "../../app/travel/export.ts";
import { AppError } from "../../domain/errors.ts";
import { defineCommand } from "../command.ts";
import { refuseTogether, withCommon } from "../options.ts";
import { formatBytes } from "../output/numbers.ts";
import { printable } from "../output/table.ts";
import { placeOf } from "../place.ts";
import { exportDocument } from "./document.ts";
import type { ExportFlags } from "./export-flags.ts";
import { wordsOf } from "./settings-words.ts";

export const exportCommand = defineCommand({
  name: "export",
  args: [
    ["<name>", "the conversation"],
    ["[file]", "the file to make; - for standard output, which --md and --html use without a file"],
  ],
  summary: "write a conversation to a file, for another machine or for people",
  description:
    "Writes a conversation to one file that import continues on another machine: the agent's transcript (with those of its ancestors, if the agent reads them), its turns with their costs, role, model and effort. Claude Code, Codex and GitHub Copilot. The file contains all that was said, secrets too. Wrapper, arguments and access stay here unless you ask for them. With --md or --html, writes a page for people to read instead; what looks like a secret is taken out of it.",
  examples: [
    "agent-sessions export review-src review-src.jsonl.gz",
    "agent-sessions export review-src - | ssh build agent-sessions import - --yes --workspace shop",
    "agent-sessions export review-src --html review-src.html",
    "agent-sessions export review-src --md",
  ],
  options(command) {
    command
      .option("--md", "write Markdown for people; import can't read it")
      .option("--html", "write a page for people, which runs nothing and loads nothing; import can't read it")
      .option("--with-secrets", "with --md or --html: leave in what looks like a secret")
      .option(
        "--with-settings",
        "also write the wrapper, its arguments and the access; import asks for --trust",
      )
      .option("--replace", "replace the file if it exists");
    withCommon(command);
  },
  async run(io, name: string, file: string | undefined, flags: ExportFlags) {
    refuseTogether({ "--md": flags.md, "--html": flags.html });
    const isDocument = flags.md === true || flags.html === true;
    if (isDocument)
      refuseTogether({ "--with-settings": flags.withSettings, "--md": flags.md, "--html": flags.html });
    if (!isDocument && flags.withSecrets)
      throw new AppError("usage", "--with-secrets is for --md and --html.", {
        hint: "A file for import always contains all that was said.",
      });
    if (file === "-" && flags.json)
      throw new AppError("usage", "--json and - both print to standard output.", { hint: "Give a file." });
    const context = io.openContext();
    const place = await placeOf(io, context, flags, name);
    const { signal } = io.catchSignals();
    if (isDocument) return exportDocument(context, { ...place, name, file, flags });
    if (file === undefined)
      throw new AppError("usage", "No file was given.", {
        hint: `Give one: agent-sessions export ${name} ${name}.jsonl.gz   or read it here: agent-sessions export ${name} --md`,
      });
    if (file === "-" && io.terminal.isInteractive)
      throw new AppError("usage", "Standard output is a terminal, and the file is packed.", {
        hint: "Give a file, or pass it on: agent-sessions export NAME - | ssh …",
      });
    const to = file === "-" ? (packed: Uint8Array) => io.terminal.outLater(packed) : file;
    const { replace, withSettings } = flags;
    const exported = await exportConversation(context, {
      ...place,
      name,
      to,
      replaces: replace,
      withSettings,
      signal,
    });
    return {
      json: { type: "agent_sessions.exported", ...exported },
      text: ({ out, err }) => (file === "-" ? err : out)(describe(exported)),
    };
  },
});

function describe({ name, agent, path, bytes, turns, leftOut, hasRole }: Exported): string {
  const where = path === undefined ? "" : ` to ${printable(path)}`;
  const count = turns === 1 ? "1 turn" : `${turns} turns`;
  const lines = [`Exported ${JSON.stringify(name)} (${agent}, ${count}, ${formatBytes(bytes)})${where}.`];
  if (hasRole) lines.push("Its role goes with it.");
  if (leftOut.length > 0) lines.push(`Left out: ${wordsOf(leftOut)}. --with-settings writes that too.`);
  lines.push("The file contains all that was said, secrets too.");
  return `${lines.join("\n")}\n`;
}
