import { type CreateRequest, create } from "../../app/ask/create.ts";
import { quoteWord } from "../../domain/words.ts";
import { type BudgetFlags, withBudget } from "../budget.ts";
import { defineCommand } from "../command.ts";
import {
  anyAgent,
  FIRST_PROMPT,
  refuseOutputs,
  refuseTogether,
  type TurnFlags,
  turnOptions,
  withCommon,
  withTree,
  withTurn,
} from "../options.ts";
import { placeOf } from "../place.ts";
import { type RequestIdFlags, requestIdOf, withRequestId } from "../request-id.ts";
import { type Delivered, TurnOutput } from "../turn/output.ts";
import { type KeepWarmFlags, keepWarmOf, withKeepWarm } from "./keep-warm.ts";
import { readPrompt, readTextFile } from "./prompt.ts";

interface CreateFlags extends TurnFlags, RequestIdFlags, KeepWarmFlags, BudgetFlags {
  role?: string;
  replace?: boolean;
  ifMissing?: boolean;
}

export const createCommand = defineCommand({
  name: "create",
  args: [["<name>", "the name of the new conversation"], FIRST_PROMPT],
  summary: "start a conversation and give it a name",
  description:
    "Starts a conversation with an agent and gives it a name. Any later process can continue it by that name.",
  examples: [
    'agent-sessions create review-src --agent claude "Read src/ and remember what it does."',
    "agent-sessions create reviewer --agent codex --role roles/reviewer.md",
    "git diff | agent-sessions create diff-review -",
  ],
  needsConfig: true,
  options(command, io) {
    withBudget(withKeepWarm(withRequestId(withTree(withTurn(withCommon(command, anyAgent(io)))))))
      .option("-r, --role <file>", "a text file with the agent's role, for every turn")
      .option("--replace", "if the name exists, point it at the new conversation (undo: restore NAME@1)")
      .option("--if-missing", "if the name exists, keep its conversation and exit with 0");
  },
  async run(io, name: string, argument: string | undefined, flags: CreateFlags) {
    refuseTogether({ "--replace": flags.replace, "--if-missing": flags.ifMissing });
    refuseOutputs(flags);
    const keepWarmMs = keepWarmOf(io, flags);
    const output = new TurnOutput(io, { ...flags, isByKeeper: keepWarmMs !== undefined });
    const prompt = await readPrompt(io, { argument, flags });
    const context = output.openContext();
    const agent = flags.agent ?? io.defaultAgent;
    const { workspace } = await placeOf(io, context, { ...flags, agent }, { name, purpose: "create" });
    const request: CreateRequest = {
      ...turnOptions(io, context, flags),
      name,
      agent,
      workspace,
      prompt,
      roleText: flags.role === undefined ? undefined : readTextFile(io, flags.role, "role file"),
      ifExists: flags.replace ? "replace" : flags.ifMissing ? "keep" : "fail",
      request: requestIdOf(flags),
      budget: flags.budget,
      keepWarmMs,
      partials: output.wantsPartials || flags.partials,
    };
    const created = await create<Delivered>(context, request, output.runner());
    if (!created.created) return output.existing(agent, workspace, created.entry);
    const { turn } = created;
    const exitCode = await output.deliver(turn);
    const isNamed = "outcome" in turn && turn.sessionId !== undefined && exitCode === 0;
    if (isNamed && !flags.json && !flags.stream && !flags.events && io.terminal.isInteractive)
      output.talk(`Created. Continue with: agent-sessions send ${quoteWord(turn.name ?? name)} '…'\n`);
    return exitCode;
  },
});
