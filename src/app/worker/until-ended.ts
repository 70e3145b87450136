import { AppError } from "../../domain/errors.ts";
import { cancellationError } from "../../domain/turn/cancellation.ts";
import type { Claim } from "../../domain/turn/line.ts";
import type { Context } from "../context.ts";
import { startDeadline } from "../turn/running/deadline.ts";
import type { TurnListener } from "../turn/running/listener.ts";

/**
 * Runs a claimed turn with everything that may end it: its deadline, whoever cancels it, and the loss of the claim. With that
 * loss, or `atOnce`, its agent gets no time for an end of its own.
 */
export async function untilEnded(
  context: Context,
  claim: Claim,
  atOnce: AbortSignal | undefined,
  run: (listener: TurnListener) => Promise<unknown>,
): Promise<void> {
  const { deadlineAt } = claim.order;
  const ending = new AbortController();
  const cancel = () => ending.abort(cancellationError(claim.cancelled.reason, true));
  const lose = () => ending.abort(new AppError("cancelled", "Another worker has the turn."));
  if (claim.cancelled.aborted) cancel();
  if (claim.lost.aborted) lose();
  claim.cancelled.addEventListener("abort", cancel, { once: true });
  claim.lost.addEventListener("abort", lose, { once: true });
  const deadlineMs =
    deadlineAt === undefined ? undefined : Math.max(0, Date.parse(deadlineAt) - context.now().getTime());
  const message = `The deadline of ${deadlineAt} has passed.`;
  const deadline = startDeadline(context, { deadlineMs, message, signal: ending.signal });
  const hurry = atOnce === undefined ? claim.lost : AbortSignal.any([claim.lost, atOnce]);
  try {
    await run({
      signal: deadline?.signal ?? ending.signal,
      hurry,
      onBytes: (bytes) => claim.say(bytes),
    });
  } finally {
    deadline?.stop();
    claim.cancelled.removeEventListener("abort", cancel);
    claim.lost.removeEventListener("abort", lose);
  }
}
