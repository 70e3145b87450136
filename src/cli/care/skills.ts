import { join, resolve } from "node:path";
import { agents, DEFAULT_AGENT, findAgent } from "../../agents/index.ts";
import { AppError } from "../../domain/errors.ts";
import { copyFile, copyFolder } from "../../system/files/copy-folder.ts";
import { listFolder } from "../../system/files/folder.ts";
import { defineCommand, defineGroup } from "../command.ts";
import { JSON_OPTION } from "../options.ts";
import type { CommandIo } from "../terminal.ts";

interface SkillsFlags {
  to?: string;
  agent?: string;
}

/** The skills that ask one agent once have the same program, which the package carries in one of them. */
const ONCE_PROGRAM = "invoke_once.mjs";
/** Whose skill it is: only those skills have this file. */
const ONCE_AGENT = "agent";

const examples = [
  "agent-sessions skills install                  # for every agent that is set up here",
  "agent-sessions skills install --agent codex",
  "agent-sessions skills install --to .claude/skills",
];

const installSkills = defineCommand({
  name: "install",
  summary: "copy the skills to the agents' skill folders",
  description:
    "Copies the skills to the folders in which agents look for skills, and replaces earlier versions.",
  examples,
  options(command) {
    command
      .option("-a, --agent <agent>", "only for this agent (default: every agent that has a folder here)")
      .option("--to <dir>", "install into this folder instead")
      .option(...JSON_OPTION);
  },
  run(io, { to, agent }: SkillsFlags) {
    const source = join(io.packageFolder, "skills");
    const names = listFolder(source);
    const folders = to === undefined ? skillFolders(io, agent) : [resolve(io.around.cwd, to)];
    const scripts = (name: string) => listFolder(join(source, name, "scripts"));
    const once = names.find((name) => scripts(name).includes(ONCE_PROGRAM));
    for (const folder of folders) {
      for (const name of names) {
        copyFolder(join(source, name), join(folder, name));
        const isLacking = scripts(name).includes(ONCE_AGENT) && !scripts(name).includes(ONCE_PROGRAM);
        if (once !== undefined && isLacking)
          copyFile(join(source, once, "scripts", ONCE_PROGRAM), join(folder, name, "scripts", ONCE_PROGRAM));
      }
    }
    const installed = folders.flatMap((folder) => names.map((name) => join(folder, name)));
    return {
      json: { type: "agent_sessions.skills_installed", folders: installed },
      text: installed.map((path) => `Installed ${path}\n`).join(""),
    };
  },
});

export const skillsCommand = defineGroup({
  name: "skills",
  summary: "install skills that teach an agent to call other agents",
  description: "Manages the skills that teach an agent to work with named conversations of other agents.",
  examples,
  commands: [installSkills],
});

/** Returns the folders where agents look for the skills of this user. */
function skillFolders(io: CommandIo, agentName: string | undefined): string[] {
  const chosen = agentName === undefined ? Object.values(agents) : [findAgent(agentName)];
  const env = { ...io.around.env, HOME: io.around.env.HOME ?? io.around.userHome };
  const homes = chosen.flatMap((agent) => agent.configFolder?.(env) ?? []);
  // The folder of an agent that is named by `--agent` may not exist yet, because the agent was never started.
  const present = agentName === undefined ? homes.filter((home) => io.isFolder(home)) : homes;
  if (present.length > 0) return present.map((home) => join(home, "skills"));
  throw new AppError("usage", "No agent is set up for this user: none of their folders exists.", {
    hint: `Say for which agent: agent-sessions skills install --agent ${DEFAULT_AGENT}`,
    facts: { folders: homes },
  });
}
