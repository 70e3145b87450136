import type { Command } from "commander";
import { rename } from "../../app/names/rename.ts";
import { openContext } from "../../app/open-context.ts";
import { type CommonOptions, withCommon, workspaceOf } from "../options.ts";
import { jsonLine } from "../output/json.ts";
import { renamedRecord } from "../output/records/name.ts";
import type { CommandIo } from "../terminal.ts";

const EXAMPLES = `Examples:
  agent-sessions rename review-src review-src-2025
`;

export function addRename(program: Command, io: CommandIo, done: (exitCode: number) => void): void {
  const command = program
    .command("rename")
    .alias("mv")
    .argument("<old>", "the name of the conversation")
    .argument("<new>", "its name from now on")
    .summary("give a conversation another name")
    .description(
      "Gives a conversation another name; a name that exists is not overwritten. Turns that run or wait in line under the old name go on under the new one, and wait, attach and cancel find them there. Whoever takes the old name later starts a conversation of its own.",
    )
    .addHelpText("before", EXAMPLES);
  withCommon(command, { agent: "which agent's name, where two own it" }).action(
    async (name: string, newName: string, flags: CommonOptions) => {
      const workspace = workspaceOf(io, flags);
      const renamed = await rename(openContext(io.around), { name, newName, workspace, agent: flags.agent });
      if (flags.json) io.terminal.out(jsonLine(renamedRecord(workspace, renamed)));
      else
        io.terminal.err(
          `Renamed ${JSON.stringify(renamed.previousName)} to ${JSON.stringify(renamed.name)}; it points at ${renamed.agent} ${renamed.sessionId}.\n`,
        );
      done(0);
    },
  );
}
