import { attach } from "../../app/watch/attach.ts";
import { defineCommand } from "../command.ts";
import {
  type CommonOptions,
  EVENTS_OPTION,
  NOTIFY_OPTION,
  PARTIALS_OPTION,
  refuseTwoStreams,
  withCommon,
} from "../options.ts";
import { placeOf } from "../place.ts";
import { TurnOutput } from "../turn/output.ts";
import { stoppedWatching } from "../turn/stopped-watching.ts";

interface AttachFlags extends CommonOptions {
  turn?: string;
  fromNow?: boolean;
  stream?: boolean;
  events?: boolean;
  partials?: boolean;
  notify?: boolean;
}

export const attachCommand = defineCommand({
  name: "attach",
  args: [["<name>", "the name of the conversation"]],
  summary: "show the output of a turn from beginning to end",
  description:
    "Replays the output of the running turn and follows it to its end. If no turn runs, replays the last turn. The output of a turn is kept for 7 days after its end (see: agent-sessions gc); turns without a name keep no output. At a terminal, attach prints text as it arrives, otherwise the agent's own JSON lines with the result as the last line. Stopping this command does not end the turn. logs prints the tools of a turn, and history the prompts and answers of all turns.",
  examples: [
    "agent-sessions attach review-src",
    "agent-sessions attach review-src --stream | jq -c .type",
    "agent-sessions attach review-src --events | jq -r 'select(.type == \"tool\") | .about // empty'",
    "agent-sessions attach review-src --from-now",
  ],
  options(command) {
    command
      .option(
        "--turn <id>",
        "the id of the turn, as printed by send --detach and status, or its first characters",
      )
      .option("--from-now", "skip the output so far")
      .option("--stream", "print the agent's own JSON lines, also at a terminal")
      .option(...EVENTS_OPTION)
      .option(...PARTIALS_OPTION);
    withCommon(command.option(...NOTIFY_OPTION));
  },
  async run(io, name: string, flags: AttachFlags) {
    refuseTwoStreams(flags);
    const isStream = flags.stream || (!flags.json && !io.terminal.isInteractive);
    const output = new TurnOutput(io, { ...flags, stream: isStream });
    const { turn: turnId, fromNow } = flags;
    const context = output.openContext();
    const request = { name, ...(await placeOf(io, context, flags, name)), turnId, fromNow };
    const listener = { ...output.listen(), ...output.watcher() };
    const { turn, isStreamGone } = await stoppedWatching(name, flags, () =>
      attach(context, request, listener),
    );
    if (isStreamGone) output.talk("The output of this turn has been deleted; here is its result.\n");
    return output.finish(turn, { hasStreamed: !isStreamGone });
  },
});
