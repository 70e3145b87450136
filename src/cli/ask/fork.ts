import { type ForkRequest, fork } from "../../app/ask/fork.ts";
import { defineCommand } from "../command.ts";
import {
  FIRST_PROMPT,
  refuseStreamOfDetached,
  type TurnFlags,
  turnOptions,
  withCommon,
  withTurn,
} from "../options.ts";
import { placeOfBoth } from "../place.ts";
import { type RequestIdFlags, requestIdOf, withRequestId } from "../request-id.ts";
import { type Delivered, TurnOutput } from "../turn/output.ts";
import { readPrompt } from "./prompt.ts";

export const forkCommand = defineCommand({
  name: "fork",
  args: [
    ["<name>", "the conversation to fork; it does not change"],
    ["<new>", "the name of the fork"],
    FIRST_PROMPT,
  ],
  summary: "start a conversation with the history of another one",
  description:
    "Starts a conversation with the history of another one; from then on, the two are separate. The fork keeps model, effort and role. To create a fork with the first message to a name, use send --fork-from.",
  examples: [
    'agent-sessions fork review-src second-opinion "Argue against your own review."',
    'agent-sessions send attempt-1 --fork-from review-src "Try it with a queue."',
  ],
  options(command) {
    withRequestId(withTurn(withCommon(command)));
  },
  async run(io, from: string, name: string, argument: string | undefined, flags: TurnFlags & RequestIdFlags) {
    refuseStreamOfDetached(flags);
    const output = new TurnOutput(io, flags);
    const prompt = await readPrompt(io, { argument, flags });
    const context = output.openContext();
    const request: ForkRequest = {
      ...turnOptions(io, context, flags),
      from,
      name,
      ...(await placeOfBoth(io, context, flags, { name: from, newName: name })),
      prompt,
      request: requestIdOf(flags),
      partials: output.wantsPartials || flags.partials,
    };
    const created = await fork<Delivered>(context, request, output.runner());
    return created.created ? output.deliver(created.turn) : 0;
  },
});
