import { type Imported, importConversation } from "../../app/travel/import.ts";
import { quoteWords } from "../../domain/words.ts";
import { defineCommand } from "../command.ts";
import { type CommonOptions, JSON_OPTION, parseByteSizeOption } from "../options.ts";
import { formatAge } from "../output/numbers.ts";
import { printable, printableLines } from "../output/table.ts";
import { workspaceOf } from "../place.ts";
import { wordsOf } from "./settings-words.ts";

interface ImportFlags extends CommonOptions {
  yes?: boolean;
  trust?: boolean;
  dryRun?: boolean;
  maxSize?: number;
}

export const importCommand = defineCommand({
  name: "import",
  args: [
    ["<file>", "what export has written; - for standard input"],
    ["[name]", "the name to give (default: the one that it was exported under)"],
  ],
  summary: "continue a conversation that another machine has exported",
  description:
    "Takes a conversation from a file of export, gives it a name in this folder, and lets the agent show that it can continue it; no model is asked. What is in the file counts as a stranger's: all of it is checked before anything changes, an id or a name that exists is refused, and its turns may only read. At a terminal, role and model are shown and you are asked; elsewhere, give --yes. Whoever wrote the file has written what the agent will take for its own memory: import only what comes from people you trust.",
  examples: [
    "agent-sessions import review-src.jsonl.gz",
    "agent-sessions import review-src.jsonl.gz review-again --yes",
    "agent-sessions import mine.jsonl.gz --trust",
    "agent-sessions import review-src.jsonl.gz --dry-run --json",
  ],
  needsConfig: true,
  options(command) {
    command
      .option("-y, --yes", "accept its role, model and effort without being asked")
      .option("--trust", "also take over its access, wrapper and arguments, as the file has them")
      .option("--dry-run", "check the file and show what is in it; change nothing and ask no agent")
      .option(
        "--max-size <size>",
        "refuse a file that has more than this unpacked (default: 1GB)",
        parseByteSizeOption,
      )
      .option("-w, --workspace <dir>", "exactly this folder (default: the current one)")
      .option(...JSON_OPTION);
  },
  async run(io, file: string, name: string | undefined, flags: ImportFlags) {
    const { trust, dryRun, maxSize: mostBytes, yes = false, json = false } = flags;
    const workspace = workspaceOf(io, flags);
    const asks = io.terminal.hasKeyboard && !json && !yes && file !== "-";
    // What ends it while a person is asked ends it at once: nothing was changed by then.
    const ask = (offer: Imported) => {
      io.terminal.err(describe(offer, io.openContext().now()));
      return io.confirm("Import it?");
    };
    const imported = await importConversation(io.openContext(), {
      from: file === "-" ? STDIN : file,
      name,
      workspace,
      trust,
      dryRun,
      mostBytes,
      acceptSettings: asks ? ask : yes,
      listen: () => io.catchSignals().signal,
    });
    if (imported === undefined) {
      io.terminal.err("Nothing was imported.\n");
      return 0;
    }
    return {
      json: { type: "agent_sessions.imported", ...imported },
      text: ({ out }) =>
        out(asks && !dryRun ? done(imported) : describe(imported, io.openContext().now()) + done(imported)),
    };
  },
});

const STDIN = 0;

function describe(offer: Imported, now: Date): string {
  const {
    agent,
    sessionId,
    turns,
    exportedAt,
    model,
    effort,
    access,
    agentCommand,
    agentArgs,
    role,
    leftOut,
  } = offer;
  const rows = [
    `${agent} ${printable(sessionId)}, ${turns === 1 ? "1 turn" : `${turns} turns`}, exported ${formatAge(exportedAt, now)}`,
    ...(model === undefined ? [] : [`model: ${printable(model)}`]),
    ...(effort === undefined ? [] : [`effort: ${printable(effort)}`]),
    `access: ${access ?? "as the agent's own settings say"}`,
    ...(agentCommand === undefined ? [] : [`wrapper: ${printable(agentCommand)}`]),
    ...(agentArgs === undefined ? [] : [`arguments: ${printable(quoteWords(agentArgs))}`]),
    ...(leftOut.length === 0
      ? []
      : [`in the file, and not taken over: ${wordsOf(leftOut)} (--trust takes them over)`]),
    ...(role === undefined
      ? []
      : [
          "role:",
          ...printableLines(role)
            .split("\n")
            .map((line) => `  ${line}`),
        ]),
  ];
  return `${rows.join("\n")}\n`;
}

function done({ name, agent, workspace, isImported }: Imported): string {
  const what = `${JSON.stringify(name)} in ${printable(workspace)}`;
  return isImported
    ? `Imported as ${what}. ${agent} can continue it: agent-sessions send ${quoteWords([name])} '…'\n`
    : `It can be imported as ${what}; nothing was changed.\n`;
}
