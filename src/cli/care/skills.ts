import { join, resolve } from "node:path";
import type { Command } from "commander";
import { agents, DEFAULT_AGENT, findAgent } from "../../agents/index.ts";
import { AppError } from "../../domain/errors.ts";
import { copyFolder } from "../../system/files/copy-folder.ts";
import { listFolder } from "../../system/files/folder.ts";
import { jsonLine } from "../output/json.ts";
import type { CommandIo } from "../terminal.ts";

interface SkillsFlags {
  to?: string;
  agent?: string;
  json?: boolean;
}

const EXAMPLES = `Examples:
  agent-sessions skills install                  # for every agent that is set up here
  agent-sessions skills install --agent codex
  agent-sessions skills install --to .claude/skills
`;

export function addSkills(program: Command, io: CommandIo, done: (exitCode: number) => void): void {
  const skills = program
    .command("skills")
    .summary("give agents the skills by which they call us")
    .description("Manages the skills by which an agent works with named conversations of others.")
    .addHelpText("before", EXAMPLES);
  skills
    .command("install")
    .summary("copy them to where agents look")
    .description("Copies the skills to where agents look for them. What was installed before is replaced.")
    .addHelpText("before", EXAMPLES)
    .option("-a, --agent <agent>", "only for this agent (default: each one that has a folder here)")
    .option("--to <dir>", "into this folder instead")
    .option("--json", "print one JSON object, also for errors")
    .action((flags: SkillsFlags) => {
      const source = join(io.packageFolder, "skills");
      const names = listFolder(source);
      const folders =
        flags.to === undefined ? skillFolders(io, flags.agent) : [resolve(io.around.cwd, flags.to)];
      for (const folder of folders) {
        for (const name of names) copyFolder(join(source, name), join(folder, name));
      }
      const installed = folders.flatMap((folder) => names.map((name) => join(folder, name)));
      if (flags.json)
        io.terminal.out(jsonLine({ type: "agent_sessions.skills_installed", folders: installed }));
      else io.terminal.err(installed.map((path) => `Installed ${path}\n`).join(""));
      done(0);
    });
}

/** Returns the folders where agents look for the skills of this user. */
function skillFolders(io: CommandIo, agentName: string | undefined): string[] {
  const chosen = agentName === undefined ? Object.values(agents) : [findAgent(agentName)];
  const homes = chosen.map((agent) =>
    agent.configFolder({ ...io.around.env, HOME: io.around.env.HOME ?? io.around.userHome }),
  );
  // The folder of an agent that is named by `--agent` may not exist yet, because the agent was never started.
  const present = agentName === undefined ? homes.filter((home) => io.isFolder(home)) : homes;
  if (present.length > 0) return present.map((home) => join(home, "skills"));
  throw new AppError("usage", "No agent is set up for this user: none of their folders exists.", {
    hint: `Say for which agent: agent-sessions skills install --agent ${DEFAULT_AGENT}`,
    facts: { folders: homes },
  });
}
