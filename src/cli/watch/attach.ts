import type { Command } from "commander";
import { openContext } from "../../app/open-context.ts";
import { attach } from "../../app/watch/attach.ts";
import { type CommonOptions, withCommon, workspaceOf } from "../options.ts";
import type { CommandIo } from "../terminal.ts";
import { TurnOutput } from "../turn/output.ts";
import { stoppedWatching } from "../turn/stopped-watching.ts";

interface AttachFlags extends CommonOptions {
  turn?: string;
  fromNow?: boolean;
  stream?: boolean;
}

const EXAMPLES = `Examples:
  agent-sessions attach review-src
  agent-sessions attach review-src --stream | jq -c .type
  agent-sessions attach review-src --from-now
`;

export function addAttach(program: Command, io: CommandIo, done: (exitCode: number) => void): void {
  const command = program
    .command("attach")
    .argument("<name>", "the name of the conversation")
    .summary("watch a turn from its beginning to its end")
    .description(
      "Replays what the agent has said in the turn that runs and follows it to its end; without one, that of the last turn. The output of a turn is kept for 7 days after its end (see agent-sessions gc); of what ran without a name, none. At a terminal it shows text as it comes, else the agent's own JSON lines with the result as the last one. What ends this command does not end the turn. There is no logs command: this is it for a turn, and history shows what was said in the turns before.",
    )
    .addHelpText("before", EXAMPLES)
    .option("--turn <id>", "this turn, as send --detach and status name it")
    .option("--from-now", "leave out what the agent has said so far")
    .option("--stream", "the agent's own JSON lines, also at a terminal");
  withCommon(command, { agent: "which agent's name, where two own it" }).action(
    async (name: string, flags: AttachFlags) => {
      const isStream = flags.stream || (!flags.json && !io.terminal.isInteractive);
      const output = new TurnOutput(io, { ...flags, stream: isStream });
      const { turn: turnId, fromNow, agent } = flags;
      const request = { name, agent, workspace: workspaceOf(io, flags), turnId, fromNow };
      const listener = { ...output.listen(), onStarted: () => output.watch() };
      const { turn, isStreamGone } = await stoppedWatching(name, flags, () =>
        attach(openContext(output.around), request, listener),
      );
      if (isStreamGone) output.talk("The output of this turn has been deleted; here is its result.\n");
      done(await output.finish(turn, { hasStreamed: !isStreamGone }));
    },
  );
}
