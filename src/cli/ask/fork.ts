import { type ForkRequest, fork } from "../../app/ask/fork.ts";
import { forkByCopy } from "../../app/ask/fork-copy.ts";
import { snakeLine } from "../../domain/json-line.ts";
import { quoteWord } from "../../domain/words.ts";
import { type BudgetFlags, withBudget } from "../budget.ts";
import { defineCommand } from "../command.ts";
import {
  placeFlags,
  refuseOutputs,
  type TurnFlags,
  turnOptions,
  withCommon,
  withTree,
  withTurn,
} from "../options.ts";
import { placeOfBoth } from "../place.ts";
import { type RequestIdFlags, requestIdOf, withRequestId } from "../request-id.ts";
import { type Delivered, TurnOutput } from "../turn/output.ts";
import { type KeepWarmFlags, keepWarmOf, withKeepWarm } from "./keep-warm.ts";
import { readPrompt } from "./prompt.ts";

interface ForkFlags extends TurnFlags, RequestIdFlags, KeepWarmFlags, BudgetFlags {}

export const forkCommand = defineCommand({
  name: "fork",
  args: [
    ["<name>", "the conversation to fork; it does not change"],
    ["<new>", "the name of the fork"],
    [
      "[prompt]",
      "its first prompt; - reads it from standard input; without a prompt, no turn runs if the agent allows that (Claude Code), else the agent only answers OK",
    ],
  ],
  summary: "start a conversation with the history of another one",
  description:
    "Starts a conversation with the history of another one; from then on, the two are separate. The fork keeps model, effort and role, and no budget. Without a prompt, a fork of a Claude Code conversation runs no turn, except with --detach, --stream, --events, --schema, --request-id or --on-end (the option; an on-end setting asks for no turn), with a new model, effort or wrapper, or after role set. To create a fork with the first message to a name, use send --fork-from.",
  examples: [
    'agent-sessions fork review-src second-opinion "Argue against your own review."',
    "agent-sessions fork review-src before-the-refactoring",
    'agent-sessions send attempt-1 --fork-from review-src "Try it with a queue."',
  ],
  needsConfig: true,
  options(command) {
    withBudget(command);
    withKeepWarm(
      withRequestId(withTree(withTurn(withCommon(command)))),
      "with a first prompt: keep the agent's process for this long after the turn, so that the next turn begins sooner",
    );
  },
  async run(io, from: string, name: string, argument: string | undefined, flags: ForkFlags) {
    refuseOutputs(flags);
    const keepWarmMs = keepWarmOf(io, flags);
    const output = new TurnOutput(io, { ...flags, isByKeeper: keepWarmMs !== undefined });
    const prompt = await readPrompt(io, { argument, flags });
    const context = output.openContext();
    const request: ForkRequest = {
      ...turnOptions(io, context, flags),
      from,
      name,
      ...(await placeOfBoth(io, context, flags, { name: from, newName: name })),
      prompt,
      request: requestIdOf(flags),
      budget: flags.budget,
      keepWarmMs,
      partials: output.wantsPartials || flags.partials,
    };
    // What these print is that of a turn.
    const asksForTurn = flags.detach || flags.stream || flags.events;
    const isOnEndSetting = flags.onEnd === undefined;
    const copy = asksForTurn
      ? undefined
      : await forkByCopy(context, { ...request, isOnEndSetting }, () => io.catchSignals().signal);
    if (copy !== undefined) {
      const { name, agent, sessionId, workspace, parentSessionId } = copy;
      const view = { type: "agent_sessions.forked", name, agent, sessionId, workspace, parentSessionId };
      if (flags.keepWarm) output.talk("No turn has run, so no process is kept.\n");
      if (flags.json) io.terminal.out(snakeLine(view));
      else
        output.talk(
          `Forked ${JSON.stringify(from)} as ${JSON.stringify(name)}. Continue with: agent-sessions send ${quoteWord(name)} '…'${placeFlags(flags)}\n`,
        );
      return 0;
    }
    const created = await fork<Delivered>(context, request, output.runner());
    return created.created ? output.deliver(created.turn) : 0;
  },
});
