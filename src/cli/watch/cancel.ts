import { turnView } from "../../app/turn/ending/view.ts";
import { cancel } from "../../app/watch/cancel.ts";
import { defineCommand } from "../command.ts";
import { answerForEach, refuseTurnOfSeveral } from "../each-name.ts";
import { type CommonOptions, withCommon } from "../options.ts";
import { placeOf } from "../place.ts";

interface CancelFlags extends CommonOptions {
  turn?: string;
}

export const cancelCommand = defineCommand({
  name: "cancel",
  args: [["<name...>", "the names of the conversations"]],
  summary: "end a turn and every process it has started",
  description:
    "Ends the running turn of a conversation, or else its next queued turn. Cancel first asks the agent to stop, then kills it with every process it has started. If no turn runs or is queued, cancel does nothing and exits with 0.",
  examples: [
    "agent-sessions cancel review-src",
    "agent-sessions cancel review-a review-b",
    "agent-sessions cancel review-src --turn 20261121-110155-0a1b2c3d",
  ],
  options(command) {
    withCommon(
      command.option(
        "--turn <id>",
        "the id of the turn, as printed by send --detach and status, or its first characters",
      ),
    );
  },
  run(io, names: string[], flags: CancelFlags) {
    refuseTurnOfSeveral(names, flags);
    const context = io.openContext();
    return answerForEach(io, names, flags, async (name) => {
      const place = await placeOf(io, context, flags, name);
      const cancelled = await cancel(context, { name, ...place, turnId: flags.turn });
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
    });
  },
});

function describe(name: string, { cancelled, turn }: Awaited<ReturnType<typeof cancel>>): string {
  if (turn === undefined) return `No turn runs in ${JSON.stringify(name)}.\n`;
  if (cancelled) return `Cancelled turn ${turn.turnId} in ${JSON.stringify(name)}.\n`;
  return `Turn ${turn.turnId} in ${JSON.stringify(name)} has already ended: ${turn.outcome}.\n`;
}
