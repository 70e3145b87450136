import { type Command, Option } from "commander";
import { detachSend } from "../../app/detach.ts";
import { openContext } from "../../app/open-context.ts";
import { type SendRequest, send } from "../../app/send.ts";
import { AppError } from "../../domain/errors.ts";
import { quoteWord } from "../../domain/posix-words.ts";
import {
  refuseStreamOfDetached,
  type TurnFlags,
  turnOptions,
  withCommon,
  withTurn,
  workspaceOf,
} from "../options.ts";
import { readPrompt } from "../prompt-input.ts";
import type { CommandIo } from "../terminal.ts";
import { TurnOutput } from "../turn-output.ts";

interface SendFlags extends TurnFlags {
  ifBusy: "wait" | "fail";
  withOpenWindow?: boolean;
  trustTranscript?: boolean;
  retry?: boolean;
}

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
  withTurn(command)
    .addOption(
      new Option("--if-busy <what>", "when another turn runs in the conversation: wait for it, or fail")
        .choices(["wait", "fail"])
        .default("wait"),
    )
    .option(
      "--with-open-window",
      "send although a window of the agent has the conversation open; it does not see this turn, and if it goes on, this turn or its own is lost",
    )
    .option("--trust-transcript", "send although the agent's transcript has become shorter")
    .option(
      "--retry",
      "try the last turn again, which did not succeed, without its prompt being said twice; takes no prompt",
    )
    .action(async (name: string, argument: string | undefined, flags: SendFlags) => {
      refuseStreamOfDetached(flags);
      if (flags.retry && (argument !== undefined || flags.promptFile !== undefined)) {
        throw new AppError("usage", "--retry says the last prompt again and takes no other.", {
          hint: `Try again with: agent-sessions send --retry ${quoteWord(name)}   or send the new prompt without --retry.`,
        });
      }
      const output = new TurnOutput(io, flags);
      const request: SendRequest = {
        ...turnOptions(flags),
        name,
        agent: flags.agent,
        workspace: workspaceOf(io, flags),
        prompt: (await readPrompt(io, argument, flags.promptFile)) ?? "",
        ifBusy: flags.ifBusy,
        withOpenWindow: flags.withOpenWindow,
        trustTranscript: flags.trustTranscript,
        isRetry: flags.retry,
        partials: output.wantsPartials || flags.partials,
      };
      const context = openContext(output.around);
      if (flags.detach) return done(output.accepted(await detachSend(context, request)));
      done(output.finish(await send(context, request, output.listen())));
    });
}
