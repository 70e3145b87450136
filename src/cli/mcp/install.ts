import { type Command, Option } from "commander";
import { installServer, uninstallServer } from "../../app/mcp/change.ts";
import { CLIENTS, type Done } from "../../app/mcp/registration.ts";
import { quoteWords } from "../../domain/words.ts";
import { type Answer, defineCommand } from "../command.ts";

import { printable, printableLines } from "../output/table.ts";
import type { CommandIo } from "../terminal.ts";
import { withCeiling } from "./ceiling-options.ts";

interface ClientFlags {
  agent: string;
  print?: boolean;
}

interface InstallFlags extends ClientFlags {
  maxAccess: string;
  readOnly?: boolean;
}

export const installMcp = defineCommand({
  name: "install",
  summary: "give the server to claude, codex or copilot",
  description:
    "Gives an agent this server, for all folders of this user: claude and copilot by their own `mcp add`, codex by a marked block at the end of its config.toml, because `codex mcp add` can't say what it needs. Bytes before the block stay as they are, and a copy of the file is kept beside it. Where the agent has it already with other options, it is replaced. In a turn of an agent it is refused: a person decides what agents may do.",
  examples: [
    "agent-sessions mcp install --agent claude",
    "agent-sessions mcp install --agent codex --read-only",
    "agent-sessions mcp install --agent codex --print",
  ],
  needsNoConfig: true,
  options: (command) => withClient(withCeiling(command)),
  async run(io, { agent, maxAccess, readOnly = false, print = false }: InstallFlags) {
    const flags = { maxAccess, isReadOnly: readOnly };
    const request = { client: agent, around: io.around, onlyShows: print, flags };
    const done = await installServer(io.openContext(), request);
    return answerOf(io, done, { agent, print });
  },
});

export const uninstallMcp = defineCommand({
  name: "uninstall",
  summary: "take it back",
  description:
    "Takes the server from an agent: what mcp install has done is undone. The block in the config.toml of codex goes byte by byte. A server of the same name that is not ours stays.",
  examples: [
    "agent-sessions mcp uninstall --agent claude",
    "agent-sessions mcp uninstall --agent codex --print",
  ],
  needsNoConfig: true,
  options: (command) => withClient(command),
  async run(io, { agent, print = false }: ClientFlags) {
    const request = { client: agent, around: io.around, onlyShows: print };
    const done = await uninstallServer(io.openContext(), request);
    return answerOf(io, done, { agent, print });
  },
});

function withClient(command: Command): void {
  command
    .addOption(
      new Option("--agent <agent>", "the agent that is given the server")
        .choices(CLIENTS)
        .makeOptionMandatory(),
    )
    .option("--print", "only show what would be done")
    .option("--json", "print the result as JSON");
}

const SAYS: Record<Done["state"], string> = {
  installed: "has the server now",
  replaced: "has the server with other options now",
  already_installed: "has the server already",
  removed: "has the server no more",
  not_installed: "does not have the server",
};

function answerOf({ openContext }: CommandIo, done: Done, { agent, print }: Required<ClientFlags>): Answer {
  const { state, path, words, copy, commands, block } = done;
  const isDone = !print && state !== "already_installed" && state !== "not_installed";
  return {
    json: {
      type: "agent_sessions.mcp_client",
      agent,
      state,
      isPrinted: print,
      path,
      words,
      copy,
      commands,
      block,
    },
    text({ out, err }) {
      const { title } = openContext().findAgent(agent);
      if (print && block !== undefined) {
        err(`${state === "removed" ? "From" : "To the end of"} ${printable(path)}:\n`);
        out(printableLines(block));
      }
      if (print) for (const line of commands ?? []) out(`${printable(quoteWords(line))}\n`);
      if (print && (block !== undefined || commands !== undefined)) return;
      err(`${title} ${SAYS[state]}: ${printable(path)}\n`);
      if (words.length > 0 && !state.endsWith("removed"))
        err(`It is started with: ${printable(quoteWords(words))}\n`);
      if (copy !== undefined) err(`The file as it was: ${printable(copy)}\n`);
      if (isDone && state !== "removed")
        err(`Start ${agent} anew.   Take it back with: agent-sessions mcp uninstall --agent ${agent}\n`);
    },
  };
}
