import { wait } from "../../app/watch/wait.ts";
import { defineCommand } from "../command.ts";
import { type CommonOptions, parseDurationOption, placeOf, withCommon } from "../options.ts";
import { answerRenderer } from "../output/answer.ts";
import { TurnOutput } from "../turn/output.ts";
import { stoppedWatching } from "../turn/stopped-watching.ts";

interface WaitFlags extends CommonOptions {
  turn?: string;
  timeout?: number;
  raw?: boolean;
}

export const waitCommand = defineCommand({
  name: "wait",
  args: [["<name>", "the name of the conversation"]],
  summary: "wait for a turn and print its answer",
  description:
    "Waits for the turn that was requested last and prints its answer like send, with the same exit code. If the turn has already ended, wait prints the answer at once. Stopping this command does not end the turn.",
  examples: [
    "agent-sessions wait review-src",
    "agent-sessions wait review-src --timeout 100s --json | jq -r .text",
    'turn=$(agent-sessions send review-src --detach "Do it."); agent-sessions wait review-src --turn "$turn"',
  ],
  options(command) {
    command
      .option("--turn <id>", "the id of the turn, as printed by send --detach and status")
      .option(
        "--timeout <duration>",
        "wait at most this long (e.g. 100s), then exit with 5; the turn continues",
        parseDurationOption,
      );
    withCommon(command.option("--raw", "print the Markdown of the answer as it is, also in a terminal"));
  },
  async run(io, name: string, flags: WaitFlags) {
    const output = new TurnOutput(io, { ...flags, isReplay: true });
    const { signal } = io.catchSignals();
    const { turn: turnId, timeout: timeoutMs } = flags;
    const request = { name, ...placeOf(io, flags), turnId, timeoutMs, signal };
    const turn = await stoppedWatching(name, flags, () => wait(io.openContext(), request));
    return output.finish(turn, { render: await answerRenderer(io, flags) });
  },
});
