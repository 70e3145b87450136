import type { Command } from "commander";
import { type ForkRequest, fork } from "../../app/ask/fork.ts";
import { openContext } from "../../app/open-context.ts";
import {
  refuseStreamOfDetached,
  type TurnFlags,
  turnOptions,
  withCommon,
  withTurn,
  workspaceOf,
} from "../options.ts";
import type { CommandIo } from "../terminal.ts";
import { type Delivered, TurnOutput } from "../turn/output.ts";
import { readPrompt } from "./prompt.ts";

const EXAMPLES = `Examples:
  agent-sessions fork review-src second-opinion "Argue against your own review."
  agent-sessions send attempt-1 --fork-from review-src "Try it with a queue."
`;

export function addFork(program: Command, io: CommandIo, done: (exitCode: number) => void): void {
  const command = program
    .command("fork")
    .argument("<name>", "the conversation to fork; it stays as it is")
    .argument("<new>", "the name of the fork")
    .argument(
      "[prompt]",
      "its first prompt; - reads it from standard input; without one the agent just says OK",
    )
    .summary("start a conversation with the history of another")
    .description(
      "Starts a conversation that begins with the history of another and goes its own way from there. Model, effort and role come along. To fork with the first message that is sent to a name, use send --fork-from.",
    )
    .addHelpText("before", EXAMPLES);
  withCommon(command, { agent: "which agent's name, where two own it" });
  withTurn(command).action(
    async (from: string, name: string, argument: string | undefined, flags: TurnFlags) => {
      refuseStreamOfDetached(flags);
      const output = new TurnOutput(io, flags);
      const request: ForkRequest = {
        ...turnOptions(io, flags),
        from,
        name,
        agent: flags.agent,
        workspace: workspaceOf(io, flags),
        prompt: await readPrompt(io, argument, flags.promptFile),
        partials: output.wantsPartials || flags.partials,
      };
      const context = openContext(output.around);
      const created = await fork<Delivered>(context, request, output.runner());
      if (created.created) done(await output.deliver(created.turn));
    },
  );
}
