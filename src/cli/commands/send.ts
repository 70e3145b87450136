import { type Command, Option } from "commander";
import { openContext } from "../../app/open-context.ts";
import { send } from "../../app/send.ts";
import { type TurnFlags, withCommon, withTurn, workspaceOf } from "../options.ts";
import { readPrompt } from "../prompt-input.ts";
import type { CommandIo } from "../terminal.ts";
import { TurnOutput } from "../turn-output.ts";

interface SendFlags extends TurnFlags {
  ifBusy: "wait" | "fail";
  withOpenWindow?: boolean;
  trustTranscript?: boolean;
}

const EXAMPLES = `Examples:
  agent-sessions send review-src "What did you find in src/auth.ts?"
  agent-sessions send review-src --json "Summarise it." | jq -r .text
  agent-sessions send review-src --stream - < prompt.md
  agent-sessions send review-src -- "--is this a prompt? yes, after two dashes"
`;

export function addSend(program: Command, io: CommandIo, done: (exitCode: number) => void): void {
  const command = program
    .command("send")
    .argument("<name>", "the name of the conversation")
    .argument("[prompt]", "what to say; - reads it from standard input")
    .summary("continue a conversation by its name")
    .description(
      "Runs one turn in the conversation of that name, or fails: a turn never lands in another conversation, and a name that does not exist is never created. What ends this command by a signal other than Ctrl-C or SIGTERM leaves the turn running; show tells what became of it.",
    )
    .addHelpText("before", EXAMPLES);
  withCommon(command, { agent: "which agent's name, where two own it" });
  withTurn(command)
    .addOption(
      new Option("--if-busy <what>", "when another turn runs in the conversation: wait for it, or fail")
        .choices(["wait", "fail"])
        .default("wait"),
    )
    .option(
      "--with-open-window",
      "send although the agent's own window has the conversation open; its next turn is lost",
    )
    .option("--trust-transcript", "send although the agent's transcript has become shorter")
    .action(async (name: string, argument: string | undefined, flags: SendFlags) => {
      const output = new TurnOutput(io, flags);
      const prompt = (await readPrompt(io, argument, flags.promptFile)) ?? "";
      const result = await send(
        openContext(output.around),
        {
          name,
          agent: flags.agent,
          workspace: workspaceOf(io, flags),
          prompt,
          ifBusy: flags.ifBusy,
          withOpenWindow: flags.withOpenWindow,
          trustTranscript: flags.trustTranscript,
          model: flags.model,
          effort: flags.effort,
          agentCommand: flags.agentCmd,
          agentArgs: flags.agentArg,
          partials: output.wantsPartials || flags.partials,
        },
        output.listen(),
      );
      done(output.finish(result));
    });
}
