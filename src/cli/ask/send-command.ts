import { type Command, Option } from "commander";
import { send } from "../../app/ask/send.ts";
import type { SendMode, SendRequest } from "../../app/ask/send-request.ts";
import type { Context } from "../../app/context.ts";
import { AppError } from "../../domain/errors.ts";
import { refuseStreamOfDetached, type TurnFlags, turnOptions, withTurn, workspaceOf } from "../options.ts";
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
      new Option("--if-busy <what>", "when another turn runs in the conversation: wait for it, or fail")
        .choices(["wait", "fail"])
        .default("wait"),
    )
    .option(
      "--with-open-window",
      "send although a window of the agent has the conversation open; it does not see this turn, and if it goes on, this turn or its own is lost",
    )
    .option("--trust-transcript", "send although the agent's transcript has become shorter");
}

/** Adds the options of every command that sends to a name. */
export function withSend(command: Command): Command {
  return withBusy(withTurn(command))
    .option(
      "--retry",
      "try the last turn again, which did not succeed, without its prompt being said twice; takes no prompt",
    )
    .option(
      "--fresh",
      "if the conversation is lost: begin a new one under its name, with its model, effort and role; the result says so",
    )
    .option(
      "--request-id <id>",
      "if this was sent before under this id: tell its answer, and don't send it again",
    )
    .addOption(
      new Option(
        "--on-unknown <what>",
        "with --request-id: what to do where nobody knows how the first attempt ended",
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
    throw new AppError("usage", "--retry says the last prompt again and takes no other.", {
      hint: "Leave the prompt away, or send the new prompt without --retry.",
    });
  }
  refuseRequestId(flags);
  refuseFresh(flags);
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
    mode: modeOf(flags),
    partials: output.wantsPartials || flags.partials,
  };
  return output.deliver(await send<Delivered>(context, request, output.runner()));
}

function modeOf({ retry, fresh, forkFrom, requestId, onUnknown }: SendFlags): SendMode {
  if (retry) return { kind: "retry" };
  if (fresh) return { kind: "or-fresh" };
  if (forkFrom !== undefined) return { kind: "or-fork", from: forkFrom };
  return requestId === undefined ? { kind: "plain" } : { kind: "once", id: requestId, onUnknown };
}

/** @throws AppError `usage` if `--fresh` is combined with `--retry`, `--request-id` or `--fork-from`. */
function refuseFresh({ fresh, retry, requestId, forkFrom }: SendFlags): void {
  if (!fresh || (!retry && requestId === undefined && forkFrom === undefined)) return;
  throw new AppError(
    "usage",
    "--fresh goes with a plain send: not with --retry, --request-id or --fork-from.",
    {
      hint: "See whether the conversation is lost first, with a plain send.",
    },
  );
}

/**
 * @throws AppError `usage` if `--request-id` is empty, or combined with `--detach`, `--retry` or
 * `--fork-from`.
 */
function refuseRequestId({ requestId, detach, retry, forkFrom }: SendFlags): void {
  if (requestId === undefined) return;
  if (requestId === "")
    throw new AppError("usage", "--request-id is empty.", { hint: "Give a text of your own." });
  if (!detach && !retry && forkFrom === undefined) return;
  throw new AppError(
    "usage",
    "--request-id goes with a plain send: not with --detach, --retry or --fork-from.",
    {
      hint: "A detached turn has an id already: ask for its answer with wait --turn.",
    },
  );
}
