import { changeRole } from "../../app/tell/role.ts";
import { show } from "../../app/tell/show.ts";
import { AppError } from "../../domain/errors.ts";
import { pick } from "../../domain/json-line.ts";
import { quoteWord } from "../../domain/words.ts";
import { readStdin, readTextFile } from "../ask/prompt.ts";
import { defineCommand, defineGroup } from "../command.ts";
import { type CommonOptions, withCommon } from "../options.ts";
import { placeOf } from "../place.ts";
import type { CommandIo } from "../terminal.ts";

const showRole = defineCommand({
  name: "show",
  args: [["<name>", "the name of the conversation"]],
  summary: "print the role",
  description: "Prints the role of a conversation, byte for byte; prints nothing if it has no role.",
  examples: ["agent-sessions role show reviewer", "agent-sessions role show reviewer > roles/reviewer.md"],
  async run(io, name: string, flags: CommonOptions) {
    const context = io.openContext();
    const shown = await show(context, { name, ...(await placeOf(io, context, flags, name)) });
    const { role, isRoleChanged: changed } = shown;
    return {
      json: {
        type: "agent_sessions.role",
        ...pick(shown, "name", "agent", "sessionId", "workspace", "role"),
        changed,
      },
      text: role === undefined ? `${JSON.stringify(shown.name)} has no role.\n` : ({ out }) => out(role),
    };
  },
});

const setRole = defineCommand({
  name: "set",
  args: [
    ["<name>", "the name of the conversation"],
    ["[file]", "a text file with the new role; - reads it from standard input"],
  ],
  summary: "change the role",
  description:
    "Changes the role of a conversation, or removes it with --none. The change applies from the next turn on, not to a running turn. Not every agent supports this (see: agent-sessions agents).",
  examples: [
    "agent-sessions role set reviewer roles/strict-reviewer.md",
    "agent-sessions role show reviewer | sed 's/kind/strict/' | agent-sessions role set reviewer -",
    "agent-sessions role set reviewer --none",
  ],
  options(command) {
    withCommon(command.option("--none", "remove the role"));
  },
  async run(io, name: string, file: string | undefined, flags: CommonOptions & { none?: boolean }) {
    if ((file === undefined) !== (flags.none === true)) {
      throw new AppError("usage", "Give either a file with the new role, or --none.", {
        hint: `Such as: agent-sessions role set ${quoteWord(name)} role.md`,
      });
    }
    const roleText = file === undefined ? undefined : await readRole(io, file);
    const context = io.openContext();
    const place = await placeOf(io, context, flags, name);
    const changed = await changeRole(context, { name, ...place, roleText });
    const what = changed.role === undefined ? "has no role" : "has the new role";
    return {
      json: { type: "agent_sessions.role_changed", ...changed },
      text: `From its next turn on, ${JSON.stringify(changed.name)} ${what}.\n`,
    };
  },
});

export const roleCommand = defineGroup({
  name: "role",
  summary: "read or change the role of a conversation",
  description: "Reads or changes the role of the agent in a conversation: the text given with create --role.",
  examples: [
    "agent-sessions role show reviewer",
    "agent-sessions role set reviewer roles/strict-reviewer.md",
    "agent-sessions role set reviewer --none",
  ],
  commands: [showRole, setRole],
});

async function readRole(io: CommandIo, file: string): Promise<string> {
  return file === "-" ? readStdin(io, "role") : readTextFile(io, file, "role file");
}
