import { OWN_NAME } from "../../domain/names/name.ts";
import { defineCommand } from "../command.ts";
import { withCommon } from "../options.ts";
import { placeOf } from "../place.ts";
import { runSend, type SendFlags, withSend } from "./send-command.ts";

export const askCommand = defineCommand({
  name: "ask",
  args: [
    [
      "[prompt]",
      "the prompt; - reads it from standard input; at a terminal, without a prompt, your editor opens",
    ],
  ],
  summary: "continue this folder's own conversation, or begin it",
  description:
    "Sends to the conversation of this folder whose name is a dot, and begins it if there is none: no name to think of. In a repository it is that of the root, unless --here is given. Every other command takes the dot like any name: show ., history ., open ., remove . If two agents have such a conversation, choose one with --agent.",
  examples: [
    'agent-sessions ask "Which file is the entry of this program?"',
    'agent-sessions ask "And its tests?"',
    'agent-sessions ask --agent codex "What do you think of it?"',
    "agent-sessions rename . review-src",
  ],
  needsConfig: true,
  options(command, { defaultAgent }) {
    withSend(withCommon(command, `the agent (default: the one that has it, else ${defaultAgent} begins it)`));
  },
  run: (io, argument: string | undefined, flags: SendFlags) =>
    runSend(io, { ...flags, orCreate: flags.agent ?? io.defaultAgent }, argument, async (context) => {
      const place = await placeOf(io, context, flags, { name: OWN_NAME, purpose: "create" });
      return { name: OWN_NAME, ...place };
    }),
});
