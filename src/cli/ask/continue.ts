import { lastUsed } from "../../app/ask/last-used.ts";
import { quoteWord } from "../../domain/words.ts";
import { defineCommand } from "../command.ts";
import { withCommon } from "../options.ts";
import { runSend, type SendFlags, withSend } from "./send-command.ts";

export const continueCommand = defineCommand({
  name: "continue",
  args: [["[prompt]", "what to say; - reads it from standard input"]],
  summary: "send to the conversation you used last",
  description:
    "Sends to the conversation that this caller used last in this folder, and says which. The caller is what AGENT_SESSIONS_CALLER says, else the conversation of an agent that runs this command, else the terminal. It is never the agent's own most recent conversation, which may be somebody else's.",
  examples: [
    'agent-sessions continue "And now the tests."',
    "AGENT_SESSIONS_CALLER=nightly agent-sessions continue --json - < prompt.md",
  ],
  options(command) {
    withSend(withCommon(command, "the last one with this agent"));
  },
  run: (io, argument: string | undefined, flags: SendFlags) =>
    runSend(io, flags, argument, async (context, workspace) => {
      const used = await lastUsed(context, workspace, flags.agent);
      context.notify(`Continuing ${quoteWord(used.name)} (${used.agent}).`);
      return used;
    }),
});
