import { AppError } from "../errors.ts";
import type { TurnFailure } from "./turn.ts";

/** Who asked to end a turn, and when. */
export interface Cancellation {
  at: string;
  /** In words for people. */
  by: string;
  /** Whether whoever waited for the turn got SIGTERM, which has an exit code of its own. */
  isTerminated?: boolean | undefined;
}

/** Returns how a turn ends that was asked to end; `hasBegun` says whether its agent was at work. */
export function endBy(
  { by, isTerminated }: Pick<Cancellation, "by" | "isTerminated">,
  hasBegun: boolean,
): TurnFailure & { code: "cancelled" | "terminated" } {
  const before = hasBegun ? "" : " before it began";
  return isTerminated
    ? { code: "terminated", message: `The turn was ended${before}: the command of ${by} got SIGTERM.` }
    : { code: "cancelled", message: `The turn was cancelled by ${by}${before}.` };
}

/** Returns the same as an error. */
export function cancellationError(cancellation: Cancellation, hasBegun: boolean): AppError {
  const { code, message } = endBy(cancellation, hasBegun);
  return new AppError(code, message);
}
