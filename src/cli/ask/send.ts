import type { Command } from "commander";
import { withCommon } from "../options.ts";
import type { CommandIo } from "../terminal.ts";
import { runSend, type SendFlags, withSend } from "./send-command.ts";

const EXAMPLES = `Examples:
  agent-sessions send review-src "What did you find in src/auth.ts?"
  agent-sessions send review-src --json "Summarise it." | jq -r .text
  agent-sessions send review-src --stream - < prompt.md
  agent-sessions send review-src --detach "Take your time." && agent-sessions wait review-src --timeout 100s
  agent-sessions send review-src -- "--is this a prompt? yes, after two dashes"
`;

export function addSend(program: Command, io: CommandIo, done: (exitCode: number) => void): void {
  const command = program
    .command("send")
    .argument("<name>", "the name of the conversation")
    .argument("[prompt]", "what to say; - reads it from standard input")
    .summary("continue a conversation by its name")
    .description(
      "Runs one turn in the conversation of that name, or fails: a turn never lands in another conversation, and a name that does not exist is never created. Ctrl-C and SIGTERM end the turn. A closed terminal, a closed pipe or SIGKILL leave it running: wait gets its answer, status shows what it does.",
    )
    .addHelpText("before", EXAMPLES);
  withCommon(command, { agent: "which agent's name, where two own it" });
  withSend(command)
    .option("--fork-from <name>", "where the name does not exist yet: fork this conversation for it first")
    .action(async (name: string, argument: string | undefined, flags: SendFlags) => {
      done(await runSend(io, flags, argument, () => ({ name, agent: flags.agent })));
    });
}
