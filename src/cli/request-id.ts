import { type Command, Option } from "commander";
import type { RequestId } from "../app/ask/request-id.ts";
import { AppError } from "../domain/errors.ts";

export interface RequestIdFlags {
  requestId?: string;
  onUnknown?: "fail" | "resend";
}

/** Adds the options of a request that may be repeated. */
export function withRequestId(command: Command): Command {
  return command
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

/** @throws AppError `usage` for an empty id */
export function requestIdOf({ requestId, onUnknown }: RequestIdFlags): RequestId | undefined {
  if (requestId === "")
    throw new AppError("usage", "--request-id is empty.", { hint: "Give a text of your own." });
  return requestId === undefined ? undefined : { id: requestId, onUnknown };
}
