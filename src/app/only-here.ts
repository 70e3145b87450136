import { AppError } from "../domain/errors.ts";
import type { Context } from "./context.ts";

/** @throws AppError `unsupported` where the store is one that machines share */
export function refuseOnLine({ line }: Context, what: string): void {
  if (line !== undefined) throw onlyHere(what);
}

/** The error for what machines can't share. */
export function onlyHere(what: string): AppError {
  return new AppError("unsupported", `${what} is a matter of one machine.`, {
    hint: "Use the store of this machine for it: unset AGENT_SESSIONS_STORE.",
  });
}
