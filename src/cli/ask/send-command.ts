import { type Command, Option } from "commander";
import { send } from "../../app/ask/send.ts";
import type { SendMode, SendRequest } from "../../app/ask/send-request.ts";
import type { Context } from "../../app/context.ts";
import { AppError } from "../../domain/errors.ts";
import {
  refuseStreamOfDetached,
  refuseTogether,
  type TurnFlags,
  turnOptions,
  withTurn,
  workspaceOf,
} from "../options.ts";
import type { CommandIo } from "../terminal.ts";
import { type Delivered, TurnOutput } from "../turn/output.ts";
import { readPrompt } from "./prompt.ts";

export interface BusyFlags {
  ifBusy: "wait" | "fail";
  withOpenWindow?: boolean;
  trustTranscript?: boolean;
}

export interface SendFlags extends TurnFlags, BusyFlags {
  retry?: boolean;
  fresh?: boolean;
  forkFrom?: string;
  requestId?: string;
  onUnknown?: "fail" | "resend";
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
    .option("--trust-transcript", "send even if the agent's transcript has become shorter");
}

/** Adds the options of every command that sends to a name. */
export function withSend(command: Command): Command {
  return withBusy(withTurn(command))
    .option("--retry", "try the last, failed turn again without sending its prompt twice; takes no prompt")
    .option(
      "--fresh",
      "if the conversation is lost: begin a new one under its name, with its model, effort and role; the result reports this",
    )
    .option(
      "--request-id <id>",
      "if this prompt was sent before with this id: print its answer, and don't send it again",
    )
    .addOption(
      new Option(
        "--on-unknown <what>",
        "with --request-id: what to do if the end of the first attempt is unknown",
      )
        .choices(["fail", "resend"])
        .default("fail"),
    );
}

/** Sends as the options say and returns the exit code. `find` chooses the name. */
export async function runSend(
  io: CommandIo,
  flags: SendFlags,
  argument: string | undefined,
  find: (
    context: Context,
    workspace: string,
  ) =>
    | Pick<SendRequest, "name" | "agent" | "usedId">
    | Promise<Pick<SendRequest, "name" | "agent" | "usedId">>,
): Promise<number> {
  refuseStreamOfDetached(flags);
  if (flags.retry && (argument !== undefined || flags.promptFile !== undefined)) {
    throw new AppError("usage", "--retry repeats the last prompt and takes no new prompt.", {
      hint: "Omit the prompt, or send the new prompt without --retry.",
    });
  }
  const mode = modeOf(flags);
  const output = new TurnOutput(io, flags);
  const prompt = (await readPrompt(io, argument, flags.promptFile)) ?? "";
  const context = output.openContext();
  const workspace = workspaceOf(io, flags);
  const request: SendRequest = {
    ...turnOptions(io, flags),
    ...(await find(context, workspace)),
    workspace,
    mayRebind: flags.workspace !== undefined,
    prompt,
    ifBusy: flags.ifBusy,
    withOpenWindow: flags.withOpenWindow,
    trustTranscript: flags.trustTranscript,
    mode,
    partials: output.wantsPartials || flags.partials,
  };
  return output.deliver(await send<Delivered>(context, request, output.runner()));
}

/** @throws AppError `usage` if the options contradict each other, or the request id is empty */
function modeOf({ retry, fresh, forkFrom, requestId, onUnknown, detach }: SendFlags): SendMode {
  const ways = { "--retry": retry, "--fresh": fresh, "--request-id": requestId, "--fork-from": forkFrom };
  refuseTogether(
    ways,
    "Send once without them to see what is missing: the name, the conversation or the answer.",
  );
  refuseTogether(
    { "--request-id": requestId, "--detach": detach },
    "A detached turn has an id already: get its answer with wait --turn.",
  );
  if (requestId === "")
    throw new AppError("usage", "--request-id is empty.", { hint: "Give a text of your own." });
  if (retry) return { kind: "retry" };
  if (fresh) return { kind: "or-fresh" };
  if (forkFrom !== undefined) return { kind: "or-fork", from: forkFrom };
  return requestId === undefined ? { kind: "plain" } : { kind: "once", id: requestId, onUnknown };
}
