import type { Command } from "commander";
import { openContext } from "../../app/open-context.ts";
import { changeRole } from "../../app/tell/role.ts";
import { show } from "../../app/tell/show.ts";
import { AppError } from "../../domain/errors.ts";
import { quoteWord } from "../../domain/words.ts";
import { readStdin, readTextFile } from "../ask/prompt.ts";
import { type CommonOptions, withCommon, workspaceOf } from "../options.ts";
import { jsonLine } from "../output/json.ts";
import { changedRoleRecord, roleRecord } from "../output/records/role.ts";
import type { CommandIo } from "../terminal.ts";

const EXAMPLES = `Examples:
  agent-sessions role show reviewer
  agent-sessions role set reviewer roles/strict-reviewer.md
  agent-sessions role set reviewer --none
`;

const SET_EXAMPLES = `Examples:
  agent-sessions role set reviewer roles/strict-reviewer.md
  agent-sessions role show reviewer | sed 's/kind/strict/' | agent-sessions role set reviewer -
  agent-sessions role set reviewer --none
`;

const SHOW_EXAMPLES = `Examples:
  agent-sessions role show reviewer
  agent-sessions role show reviewer > roles/reviewer.md
`;

const WHICH = { agent: "which agent's name, where two own it" };

export function addRole(program: Command, io: CommandIo, done: (exitCode: number) => void): void {
  const role = program
    .command("role")
    .summary("read or change the role of a conversation")
    .description("The role that the agent has in a conversation: the text given with create --role.")
    .addHelpText("before", EXAMPLES);
  addShow(role, io, done);
  addSet(role, io, done);
}

function addShow(role: Command, io: CommandIo, done: (exitCode: number) => void): void {
  const command = role
    .command("show")
    .argument("<name>", "the name of the conversation")
    .summary("print the role")
    .description("Prints the role of a conversation, byte for byte; nothing where it has none.")
    .addHelpText("before", SHOW_EXAMPLES);
  withCommon(command, WHICH).action(async (name: string, flags: CommonOptions) => {
    const workspace = workspaceOf(io, flags);
    const shown = await show(openContext(io.around), { name, workspace, agent: flags.agent });
    const { terminal } = io;
    if (flags.json) terminal.out(jsonLine(roleRecord(shown)));
    else if (shown.record?.roleText === undefined)
      terminal.err(`${JSON.stringify(shown.entry.name)} has no role.\n`);
    else terminal.out(shown.record.roleText);
    done(0);
  });
}

function addSet(role: Command, io: CommandIo, done: (exitCode: number) => void): void {
  const command = role
    .command("set")
    .argument("<name>", "the name of the conversation")
    .argument("[file]", "a text file with the new role; - reads it from standard input")
    .summary("change the role")
    .description(
      "Gives a conversation another role, or with --none takes it away. It holds from the next turn on; a turn that runs keeps the role it has. Not every agent can: see agent-sessions agents.",
    )
    .addHelpText("before", SET_EXAMPLES)
    .option("--none", "take the role away");
  withCommon(command, WHICH).action(
    async (name: string, file: string | undefined, flags: CommonOptions & { none?: boolean }) => {
      if ((file === undefined) !== (flags.none === true)) {
        throw new AppError("usage", "Give either a file with the new role, or --none.", {
          hint: `Such as: agent-sessions role set ${quoteWord(name)} role.md`,
        });
      }
      const workspace = workspaceOf(io, flags);
      const roleText = file === undefined ? undefined : await readRole(io, file);
      const request = { name, workspace, agent: flags.agent, roleText };
      const changed = await changeRole(openContext(io.around), request);
      if (flags.json) io.terminal.out(jsonLine(changedRoleRecord(workspace, changed)));
      else {
        const what = changed.roleText === undefined ? "has no role any more" : "has the new role";
        io.terminal.err(`From its next turn on, ${JSON.stringify(changed.name)} ${what}.\n`);
      }
      done(0);
    },
  );
}

async function readRole(io: CommandIo, file: string): Promise<string> {
  return file === "-" ? readStdin(io) : readTextFile(io, file, "role file");
}
