import type { Command } from "commander";
import { openContext } from "../../app/open-context.ts";
import { remove } from "../../app/remove.ts";
import { type CommonOptions, withCommon, workspaceOf } from "../options.ts";
import { jsonLine } from "../output/json.ts";
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
      "Takes a name away. The conversation stays with its agent, and the name log remembers where the name pointed.",
    )
    .addHelpText("before", EXAMPLES);
  withCommon(command, { agent: "which agent's name, where two own it" }).action(
    async (name: string, flags: CommonOptions) => {
      const removed = await remove(openContext(io.around), {
        name,
        workspace: workspaceOf(io, flags),
        agent: flags.agent,
      });
      const { sessionId, ...rest } = removed;
      if (flags.json)
        io.terminal.out(jsonLine({ type: "agent_sessions.removed", ...rest, session_id: sessionId }));
      else
        io.terminal.err(
          `Removed ${JSON.stringify(removed.name)}; it pointed at ${removed.agent} ${printable(sessionId)}.\n`,
        );
      done(0);
    },
  );
}
