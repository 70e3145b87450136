import { Argument } from "commander";
import { defineCommand } from "../command.ts";
import { JSON_OPTION } from "../options.ts";
import { SHELLS, type Shell } from "./shells.ts";

const CLOSING = `
To install it, paste one line; a new shell completes then:
  bash   echo 'eval "$(agent-sessions completion bash)"' >> ~/.bashrc
  zsh    echo 'eval "$(agent-sessions completion zsh)"' >> ~/.zshrc
  fish   mkdir -p ~/.config/fish/conf.d && agent-sessions completion fish > ~/.config/fish/conf.d/agent-sessions.fish

At a Tab, the script asks agent-sessions, which only reads: verbs, options,
their values, names, removed names, ids of turns, agents and models.
`;

export const completionCommand = defineCommand({
  name: "completion",
  // A shell reads it at its start, wherever that is.
  needsNoConfig: true,
  summary: "print the script that completes commands at a Tab",
  description:
    "Prints a script for a shell. With it, Tab completes commands, options, and their values, such as the names of your conversations. It works for agent-sessions and for tbc.",
  examples: [
    "agent-sessions completion bash",
    'eval "$(agent-sessions completion zsh)"',
    "agent-sessions completion fish | source",
  ],
  closing: CLOSING,
  options(command) {
    command.addArgument(new Argument("<shell>", "the shell").choices(SHELLS)).option(...JSON_OPTION);
  },
  async run(_io, shell: Shell) {
    const { scriptFor } = await import("./complete.ts");
    const script = scriptFor(shell);
    return {
      json: { type: "agent_sessions.completion", shell, script },
      text: ({ out }) => out(script),
    };
  },
});
