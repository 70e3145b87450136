import type { Command } from "commander";
import { once } from "../../app/once.ts";
import { openContext } from "../../app/open-context.ts";
import { AppError } from "../../domain/errors.ts";
import { type TurnFlags, turnOptions, withCommon, withTurn, workspaceOf } from "../options.ts";
import { readPrompt, readTextFile } from "../prompt-input.ts";
import type { CommandIo } from "../terminal.ts";
import { TurnOutput } from "../turn-output.ts";

interface OnceFlags extends TurnFlags {
  role?: string;
}

const EXAMPLES = `Examples:
  agent-sessions once "Which of these files is unused?"
  git diff | agent-sessions once --access read-only --json -
  agent-sessions once --agent codex --schema verdict.schema.json "Is README.md true?"
`;

export function addOnce(program: Command, io: CommandIo, done: (exitCode: number) => void): void {
  const command = program
    .command("once")
    .argument("[prompt]", "what to say; - reads it from standard input")
    .summary("ask once, and keep no conversation")
    .description(
      "Runs one turn without a name. Neither the agent nor we keep a conversation; what it used is kept for the costs.",
    )
    .addHelpText("before", EXAMPLES);
  withCommon(command, { agent: "claude or codex (default: claude)" });
  withTurn(command)
    .option("-r, --role <file>", "a text file with the agent's role")
    .action(async (argument: string | undefined, flags: OnceFlags) => {
      if (flags.detach) {
        throw new AppError(
          "usage",
          "A turn without a name can't be detached: nobody could come back for it.",
          {
            hint: "Give it a name: agent-sessions create NAME --detach '…'",
          },
        );
      }
      const output = new TurnOutput(io, flags);
      const request = {
        ...turnOptions(io, flags),
        agent: flags.agent ?? "claude",
        workspace: workspaceOf(io, flags),
        prompt: (await readPrompt(io, argument, flags.promptFile)) ?? "",
        roleText: flags.role === undefined ? undefined : readTextFile(io, flags.role, "role file"),
        partials: output.wantsPartials || flags.partials,
      };
      done(await output.finish(await once(openContext(output.around), request, output.listen())));
    });
}
