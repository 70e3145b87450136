import type { Agent } from "../domain/agent/agent.ts";
import { AppError } from "../domain/errors.ts";
import type { Context } from "./context.ts";

const WITHOUT_STORE =
  "Do it without a store that machines share: unset AGENT_SESSIONS_STORE and AGENT_SESSIONS_STORE_FILE.";

/** @throws AppError `unsupported` where the store is one that machines share */
export function refuseOnLine({ line }: Context, what: string): void {
  if (line !== undefined) throw onlyHere(what);
}

/** @throws AppError `unsupported` for an agent whose conversations can't be continued on another machine */
export function requireTravel({ travel, title }: Agent): void {
  if (travel === undefined)
    throw new AppError("unsupported", `${title} can't continue a conversation on another machine.`, {
      hint: WITHOUT_STORE,
    });
}

/** The error for what machines can't share. */
export function onlyHere(what: string): AppError {
  return new AppError("unsupported", `${what} is a matter of one machine.`, {
    hint: WITHOUT_STORE,
  });
}
