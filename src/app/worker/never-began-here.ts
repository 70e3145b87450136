import { AppError } from "../../domain/errors.ts";
import { type LineOrderHead, neverBegan } from "../../domain/turn/line.ts";
import type { TurnResult } from "../../domain/turn/turn.ts";
import { withoutUndefined } from "../../domain/without-undefined.ts";

/** Returns an error as those on other machines are told of it: a process is known by its number on one machine alone. */
export function asTold(error: unknown, worker: string): AppError {
  if (!(error instanceof AppError))
    return new AppError("internal", error instanceof Error ? error.message : String(error));
  const { code, message, hint, facts } = error;
  if (code !== "busy") return error;
  const here = `${message.replace(/\.$/, "")}, on the machine of worker ${worker}.`;
  return new AppError(code, here, { hint, facts: { ...facts, worker } });
}

/** Returns the result of a turn that its worker could not begin. */
export function neverBeganHere(
  order: LineOrderHead,
  { code, message, hint, facts }: AppError,
  now: Date,
): TurnResult {
  const outcome =
    code === "cancelled" || code === "terminated" ? "cancelled" : code === "deadline" ? "deadline" : "failed";
  const result = neverBegan(order, { outcome, code, message }, now);
  const more = { hint, facts: Object.keys(facts).length === 0 ? undefined : facts };
  if (result.failure !== undefined) result.failure = withoutUndefined({ ...result.failure, ...more });
  return result;
}
