import { defineCommand } from "../command.ts";
import { withCommon } from "../options.ts";
import { runSend, type SendFlags, withSend } from "./send-command.ts";

export const sendCommand = defineCommand({
  name: "send",
  args: [
    ["<name>", "the name of the conversation"],
    ["[prompt]", "what to say; - reads it from standard input"],
  ],
  summary: "continue a conversation by its name",
  description:
    "Runs one turn in the conversation of that name, or fails: a turn never lands in another conversation, and a name that does not exist is never created. Ctrl-C and SIGTERM end the turn. A closed terminal, a closed pipe or SIGKILL leave it running: wait gets its answer, status shows what it does.",
  examples: [
    'agent-sessions send review-src "What did you find in src/auth.ts?"',
    'agent-sessions send review-src --json "Summarise it." | jq -r .text',
    "agent-sessions send review-src --stream - < prompt.md",
    'agent-sessions send review-src --detach "Take your time." && agent-sessions wait review-src --timeout 100s',
    'agent-sessions send review-src -- "--is this a prompt? yes, after two dashes"',
  ],
  options(command) {
    withSend(withCommon(command)).option(
      "--fork-from <name>",
      "where the name does not exist yet: fork this conversation for it first",
    );
  },
  run: (io, name: string, argument: string | undefined, flags: SendFlags) =>
    runSend(io, flags, argument, () => ({ name, agent: flags.agent })),
});
