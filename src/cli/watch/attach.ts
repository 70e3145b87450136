import { attach } from "../../app/watch/attach.ts";
import { defineCommand } from "../command.ts";
import { type CommonOptions, placeOf, withCommon } from "../options.ts";
import { TurnOutput } from "../turn/output.ts";
import { stoppedWatching } from "../turn/stopped-watching.ts";

interface AttachFlags extends CommonOptions {
  turn?: string;
  fromNow?: boolean;
  stream?: boolean;
}

export const attachCommand = defineCommand({
  name: "attach",
  args: [["<name>", "the name of the conversation"]],
  summary: "watch a turn from its beginning to its end",
  description:
    "Replays what the agent has said in the turn that runs and follows it to its end; without one, that of the last turn. The output of a turn is kept for 7 days after its end (see agent-sessions gc); of what ran without a name, none. At a terminal it shows text as it comes, else the agent's own JSON lines with the result as the last one. What ends this command does not end the turn. There is no logs command: this is it for a turn, and history shows what was said in the turns before.",
  examples: [
    "agent-sessions attach review-src",
    "agent-sessions attach review-src --stream | jq -c .type",
    "agent-sessions attach review-src --from-now",
  ],
  options(command) {
    command
      .option("--turn <id>", "this turn, as send --detach and status name it")
      .option("--from-now", "leave out what the agent has said so far")
      .option("--stream", "the agent's own JSON lines, also at a terminal");
    withCommon(command);
  },
  async run(io, name: string, flags: AttachFlags) {
    const isStream = flags.stream || (!flags.json && !io.terminal.isInteractive);
    const output = new TurnOutput(io, { ...flags, stream: isStream });
    const { turn: turnId, fromNow } = flags;
    const request = { name, ...placeOf(io, flags), turnId, fromNow };
    const listener = { ...output.listen(), onStarted: () => output.watch() };
    const { turn, isStreamGone } = await stoppedWatching(name, flags, () =>
      attach(output.openContext(), request, listener),
    );
    if (isStreamGone) output.talk("The output of this turn has been deleted; here is its result.\n");
    return output.finish(turn, { hasStreamed: !isStreamGone });
  },
});
