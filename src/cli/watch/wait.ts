import type { Command } from "commander";
import { openContext } from "../../app/open-context.ts";
import { wait } from "../../app/watch/wait.ts";
import { type CommonOptions, parseDurationOption, withCommon, workspaceOf } from "../options.ts";
import type { CommandIo } from "../terminal.ts";
import { TurnOutput } from "../turn/output.ts";
import { stoppedWatching } from "../turn/stopped-watching.ts";

interface WaitFlags extends CommonOptions {
  turn?: string;
  timeout?: number;
}

const EXAMPLES = `Examples:
  agent-sessions wait review-src
  agent-sessions wait review-src --timeout 100s --json | jq -r .text
  turn=$(agent-sessions send review-src --detach "Do it."); agent-sessions wait review-src --turn "$turn"
`;

export function addWait(program: Command, io: CommandIo, done: (exitCode: number) => void): void {
  const command = program
    .command("wait")
    .argument("<name>", "the name of the conversation")
    .summary("wait for a turn and get its answer")
    .description(
      "Waits for the turn that was asked for last and prints its answer as send would have, with the same exit code. A turn that has ended already is told at once. What ends this command does not end the turn.",
    )
    .addHelpText("before", EXAMPLES)
    .option("--turn <id>", "this turn, as send --detach and status name it")
    .option(
      "--timeout <duration>",
      "wait no longer, such as 100s; then exit 5, and the turn goes on",
      parseDurationOption,
    );
  withCommon(command, { agent: "which agent's name, where two own it" }).action(
    async (name: string, flags: WaitFlags) => {
      const output = new TurnOutput(io, { ...flags, isReplay: true });
      const { signal } = io.catchSignals();
      const request = {
        name,
        agent: flags.agent,
        workspace: workspaceOf(io, flags),
        turnId: flags.turn,
        timeoutMs: flags.timeout,
        signal,
      };
      const turn = await stoppedWatching(name, flags, () => wait(openContext(io.around), request));
      done(await output.finish(turn));
    },
  );
}
