import { type Command, Option } from "commander";
import { send } from "../../app/ask/send.ts";
import type { SendMode, SendRequest } from "../../app/ask/send-request.ts";
import type { Context } from "../../app/context.ts";
import { resolveName } from "../../app/names/resolve.ts";
import { AppError } from "../../domain/errors.ts";
import {
  refuseOutputs,
  refuseTogether,
  type TurnFlags,
  turnOptions,
  withTree,
  withTurn,
} from "../options.ts";
import { type RequestIdFlags, requestIdOf, withRequestId } from "../request-id.ts";
import type { CommandIo } from "../terminal.ts";
import { type Delivered, TurnOutput } from "../turn/output.ts";
import { type KeepWarmFlags, keepWarmOf, withKeepWarm } from "./keep-warm.ts";
import { readPrompt } from "./prompt.ts";

export interface BusyFlags {
  ifBusy: "wait" | "fail";
  withOpenWindow?: boolean;
  trustTranscript?: boolean;
  overBudget?: boolean;
}

export interface SendFlags extends TurnFlags, BusyFlags, RequestIdFlags, KeepWarmFlags {
  retry?: boolean;
  fresh?: boolean;
  forkFrom?: string;
  /** The agent that begins the conversation if the name does not exist. */
  orCreate?: string;
}

/** Adds the options of every command that continues an existing conversation. */
export function withBusy(command: Command): Command {
  return command
    .addOption(
      new Option("--if-busy <what>", "if another turn runs in the conversation: wait for it, or fail")
        .choices(["wait", "fail"])
        .default("wait"),
    )
    .option(
      "--with-open-window",
      "danger: send although the conversation is open in a window; the window does not see this turn, and if the window is used afterwards, one of the two turns is lost",
    )
    .option("--trust-transcript", "send even if the agent's transcript has become shorter")
    .option("--over-budget", "send once although the name's budget is used up; not for agents");
}

/** Adds the options of every command that sends to a name. */
export function withSend(command: Command): Command {
  return withKeepWarm(withRequestId(withBusy(withTree(withTurn(command)))))
    .option("--retry", "try the last, failed turn again without sending its prompt twice; takes no prompt")
    .option(
      "--fresh",
      "if the conversation is lost: begin a new one under its name, with its model, effort and role; the result reports this",
    );
}

/** Sends as the options say and returns the exit code. `find` chooses the name. */
export async function runSend(
  io: CommandIo,
  flags: SendFlags,
  argument: string | undefined,
  find: (context: Context) => Promise<Pick<SendRequest, "name" | "workspace" | "agent" | "usedId">>,
): Promise<number> {
  refuseOutputs(flags);
  refuseBothBudgets(flags);
  if (flags.retry && (argument !== undefined || flags.promptFile !== undefined || flags.edit)) {
    throw new AppError("usage", "--retry repeats the last prompt and takes no new prompt.", {
      hint: "Omit the prompt, or send the new prompt without --retry.",
    });
  }
  const mode = modeOf(flags);
  const keepWarmMs = keepWarmOf(io, flags);
  const output = new TurnOutput(io, { ...flags, isByKeeper: keepWarmMs !== undefined });
  const context = output.openContext();
  const target = await find(context);
  const { workspace, name, agent } = target;
  // In the other modes, and in a workspace that is given, a name that is missing may come into being.
  const mustExist = mode.kind === "plain" && flags.workspace === undefined;
  const check = () => mustExist && resolveName(context, workspace, name, agent);
  const given = { argument, flags, isNeeded: !flags.retry, check };
  const prompt = (await readPrompt(io, given)) ?? "";
  const request: SendRequest = {
    ...turnOptions(io, context, flags),
    ...target,
    mayRebind: flags.workspace !== undefined,
    prompt,
    ifBusy: flags.ifBusy,
    withOpenWindow: flags.withOpenWindow,
    trustTranscript: flags.trustTranscript,
    overBudget: flags.overBudget,
    keepWarmMs,
    mode,
    request: requestIdOf(flags),
    partials: output.wantsPartials || flags.partials,
  };
  return output.deliver(await send<Delivered>(context, request, output.runner()));
}

/** @throws AppError `usage` */
export function refuseBothBudgets({ overBudget, stopAtBudget }: TurnFlags & BusyFlags): void {
  refuseTogether(
    { "--over-budget": overBudget, "--stop-at-budget": stopAtBudget },
    "A turn that may go over the budget is not ended at it.",
  );
}

/** @throws AppError `usage` if the options contradict each other */
function modeOf({ retry, fresh, forkFrom, orCreate, requestId }: SendFlags): SendMode {
  refuseTogether(
    { "--retry": retry, "--fresh": fresh, "--fork-from": forkFrom },
    "Send once without them to see what is missing: the name, the conversation or the answer.",
  );
  refuseTogether(
    { "--retry": retry, "--request-id": requestId },
    "Repeat the command with the same --request-id to get its answer; --retry tries a failed turn again.",
  );
  if (retry) return { kind: "retry" };
  if (fresh) return { kind: "or-fresh" };
  if (forkFrom !== undefined) return { kind: "or-fork", from: forkFrom };
  if (orCreate !== undefined) return { kind: "or-create", agent: orCreate };
  return { kind: "plain" };
}
