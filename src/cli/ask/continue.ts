import { lastUsed } from "../../app/ask/last-used.ts";
import { quoteWord } from "../../domain/words.ts";
import { defineCommand } from "../command.ts";
import { withCommon } from "../options.ts";
import { foldersOf } from "../place.ts";
import { runSend, type SendFlags, withSend } from "./send-command.ts";

export const continueCommand = defineCommand({
  name: "continue",
  args: [
    [
      "[prompt]",
      "the prompt; - reads it from standard input; at a terminal, without a prompt, your editor opens",
    ],
  ],
  summary: "send to the conversation that you used last",
  description:
    "Sends to the conversation that this caller used last in this folder, or in one above it up to the root of the repository, and prints its name. The caller is the value of AGENT_SESSIONS_CALLER, else the conversation of the agent that runs this command, else the terminal. The agent's own most recent conversation is never used: another program may have started it.",
  examples: [
    'agent-sessions continue "And now the tests."',
    "AGENT_SESSIONS_CALLER=nightly agent-sessions continue --json - < prompt.md",
  ],
  needsConfig: true,
  options(command) {
    withSend(withCommon(command, "the last conversation with this agent"));
  },
  run: (io, argument: string | undefined, flags: SendFlags) =>
    runSend(io, flags, argument, async (context) => {
      const folders = foldersOf(io, flags);
      const used = await lastUsed(context, folders, flags.agent);
      const where = used.workspace === folders[0] ? "" : ` in ${used.workspace}`;
      context.notify(`Continuing ${quoteWord(used.name)} (${used.agent})${where}.`);
      return used;
    }),
});
