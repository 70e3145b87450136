import { defineGroup } from "../command.ts";
import { allowConfigCommand } from "./allow.ts";
import { editConfigCommand } from "./edit.ts";
import { getConfig } from "./get.ts";
import { listConfig } from "./list.ts";
import { pathConfig } from "./path.ts";
import { setConfig, unsetConfig } from "./set.ts";

export const configCommand = defineGroup({
  name: "config",
  summary: "read or change your settings and those of a repository",
  description:
    "Reads or changes settings: what commands do without an option. Yours are in ~/.config/agent-sessions/config.toml, those of a repository in .agent-sessions.toml at its root. An option beats the environment, that beats what a name remembers, that beats the repository's file, and that beats yours.",
  examples: [
    "agent-sessions config list",
    "agent-sessions config set agent codex",
    "agent-sessions config set codex.effort high",
    "agent-sessions config allow",
  ],
  commands: [
    listConfig,
    getConfig,
    setConfig,
    unsetConfig,
    editConfigCommand,
    pathConfig,
    allowConfigCommand,
  ],
});
