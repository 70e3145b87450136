import type { Command } from "commander";
import { openContext } from "../../app/open-context.ts";
import { remove } from "../../app/remove.ts";
import { quoteWords } from "../../domain/posix-words.ts";
import { type CommonOptions, withCommon, workspaceOf } from "../options.ts";
import { jsonLine, removedRecord } from "../output/json.ts";
import { printable } from "../output/table.ts";
import type { CommandIo } from "../terminal.ts";

const EXAMPLES = `Examples:
  agent-sessions remove review-src
`;

export function addRemove(program: Command, io: CommandIo, done: (exitCode: number) => void): void {
  const command = program
    .command("remove")
    .alias("rm")
    .argument("<name>", "the name to take away")
    .summary("take a name away")
    .description(
      "Takes a name away. The conversation stays with its agent, and the name log remembers where the name pointed: restore brings it back.",
    )
    .addHelpText("before", EXAMPLES);
  withCommon(command, { agent: "which agent's name, where two own it" }).action(
    async (name: string, flags: CommonOptions) => {
      const removed = await remove(openContext(io.around), {
        name,
        workspace: workspaceOf(io, flags),
        agent: flags.agent,
      });
      const where = flags.workspace === undefined ? [] : ["--workspace", flags.workspace];
      const whose = flags.agent === undefined ? [] : ["--agent", flags.agent];
      const undo = quoteWords(["agent-sessions", "restore", removed.name, ...whose, ...where]);
      if (flags.json) io.terminal.out(jsonLine(removedRecord(removed, undo)));
      else {
        const { agent, sessionId } = removed;
        io.terminal.err(
          `Removed ${JSON.stringify(removed.name)}; it pointed at ${agent} ${printable(sessionId)}. Bring it back with: ${undo}\n`,
        );
      }
      done(0);
    },
  );
}
