import { AppError } from "../../domain/errors.ts";
import { defineCommand } from "../command.ts";
import { refuseTogether, withCommon } from "../options.ts";
import { placeOf } from "../place.ts";
import { dryRun } from "./dry-run.ts";
import { runSend, type SendFlags, withSend } from "./send-command.ts";

export const sendCommand = defineCommand({
  name: "send",
  args: [
    ["<name>", "the name of the conversation"],
    [
      "[prompt]",
      "the prompt; - reads it from standard input; at a terminal, without a prompt, your editor opens",
    ],
  ],
  summary: "continue a conversation by its name",
  description:
    "Runs one turn in the conversation of that name, or fails. A turn never runs in another conversation, and without --fork-from or --or-create a missing name is never created. Ctrl-C and SIGTERM end the turn. After a closed terminal, a closed pipe or SIGKILL the turn continues: wait prints its answer, status shows what it does.",
  examples: [
    'agent-sessions send review-src "What did you find in src/auth.ts?"',
    'agent-sessions send review-src --json "Summarise it." | jq -r .text',
    "agent-sessions send review-src --stream - < prompt.md",
    "agent-sessions send review-src --dry-run",
    'agent-sessions send nightly --or-create codex "What has changed since yesterday?"',
    "agent-sessions send review-src --events \"Run the tests.\" | jq -c '[.type, .about]'",
    'agent-sessions send review-src --detach "Take your time." && agent-sessions wait review-src --timeout 100s',
    'agent-sessions send review-src -- "--is this a prompt? yes, after two dashes"',
  ],
  needsConfig: true,
  options(command) {
    withSend(withCommon(command))
      .option(
        "--fork-from <name>",
        "if the name does not exist yet: create it as a fork of this conversation",
      )
      .option("--or-create <agent>", "if the name does not exist yet: create it with this agent")
      .option(
        "--dry-run",
        "send nothing: show what the turn would continue, and about what it would read and cost; takes no prompt",
      );
  },
  run(io, name: string, argument: string | undefined, flags: SendFlags & { dryRun?: boolean }) {
    if (flags.dryRun) return dryRun(io, name, flags);
    const { retry, fresh, forkFrom, orCreate } = flags;
    refuseTogether({ "--retry": retry, "--fresh": fresh, "--fork-from": forkFrom, "--or-create": orCreate });
    if (orCreate !== undefined && flags.agent !== undefined && flags.agent !== orCreate)
      throw new AppError("usage", `--or-create ${orCreate} and --agent ${flags.agent} name two agents.`, {
        hint: "Give one of them: --agent finds a conversation, --or-create begins one as well.",
      });
    return runSend(io, flags, argument, async (context) => {
      const purpose = orCreate === undefined ? {} : ({ purpose: "create" } as const);
      return { name, ...(await placeOf(io, context, flags, { name, orOf: forkFrom, ...purpose })) };
    });
  },
});
