import { cancel } from "../../app/watch/cancel.ts";
import { defineCommand } from "../command.ts";
import { type CommonOptions, placeOf, withCommon } from "../options.ts";
import { turnView } from "../output/turn.ts";

interface CancelFlags extends CommonOptions {
  turn?: string;
}

export const cancelCommand = defineCommand({
  name: "cancel",
  args: [["<name>", "the name of the conversation"]],
  summary: "end a turn and all that it has started",
  description:
    "Ends the turn that runs in a conversation, else the next in its line: the agent first gently, then with everything that it has started, wherever that is. Where nothing runs there is nothing to do.",
  examples: [
    "agent-sessions cancel review-src",
    "agent-sessions cancel review-src --turn 20261121-110155-0a1b2c3d",
  ],
  options(command) {
    withCommon(command.option("--turn <id>", "this turn, as send --detach and status name it"));
  },
  async run(io, name: string, flags: CancelFlags) {
    const query = { name, ...placeOf(io, flags), turnId: flags.turn };
    const cancelled = await cancel(io.openContext(), query);
    const { turn } = cancelled;
    return {
      json: {
        type: "agent_sessions.cancelled",
        name,
        cancelled: cancelled.cancelled,
        turn: turn && turnView(turn),
      },
      text: describe(name, cancelled),
    };
  },
});

function describe(name: string, { cancelled, turn }: Awaited<ReturnType<typeof cancel>>): string {
  if (turn === undefined) return `No turn runs in ${JSON.stringify(name)}.\n`;
  if (cancelled) return `Cancelled turn ${turn.turnId} in ${JSON.stringify(name)}.\n`;
  return `Turn ${turn.turnId} in ${JSON.stringify(name)} had ended: ${turn.outcome}.\n`;
}
