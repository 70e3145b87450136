import { AppError } from "../../../domain/errors.ts";
import type { Context } from "../../context.ts";

/** Node fires a longer timer at once. */
export const LONGEST_TIMER_MS = 2 ** 31 - 1;

export interface Deadline {
  /** When the deadline passes, for other processes; ISO 8601. */
  at: string;
  /** Aborts at the deadline, with an AppError `deadline`, or when the caller's signal aborts. */
  signal: AbortSignal;
  /** Clears the timer, so that the process can exit earlier. */
  stop(): void;
}

/** Starts the timer of a deadline; undefined without one. */
export function startDeadline(
  context: Context,
  request: {
    deadlineMs?: number | undefined;
    message?: string | undefined;
    signal?: AbortSignal | undefined;
  },
): Deadline | undefined {
  const { deadlineMs, signal } = request;
  if (deadlineMs === undefined || deadlineMs === Number.POSITIVE_INFINITY) return undefined;
  const message = request.message ?? `The deadline of ${deadlineMs / 1000} s has passed.`;
  const controller = new AbortController();
  const end = () => controller.abort(new AppError("deadline", message));
  let timer: NodeJS.Timeout;
  const wait = (leftMs: number) => {
    timer = setTimeout(
      leftMs > LONGEST_TIMER_MS ? () => wait(leftMs - LONGEST_TIMER_MS) : end,
      Math.min(leftMs, LONGEST_TIMER_MS),
    );
  };
  wait(deadlineMs);
  return {
    at: new Date(context.now().getTime() + deadlineMs).toISOString(),
    signal: signal === undefined ? controller.signal : AbortSignal.any([signal, controller.signal]),
    stop: () => clearTimeout(timer),
  };
}

/**
 * Applies one deadline to all attempts of `work`: each attempt gets its time and signal, and starts no timer
 * of its own.
 */
export async function withDeadline<
  Request extends { deadlineMs?: number | undefined; deadlineAt?: string | undefined },
  T,
>(
  context: Context,
  request: Request,
  signal: AbortSignal | undefined,
  work: (asked: Request, signal: AbortSignal | undefined) => Promise<T>,
): Promise<T> {
  const deadline = startDeadline(context, { ...request, signal });
  if (deadline === undefined) return work(request, signal);
  try {
    return await work({ ...request, deadlineMs: undefined, deadlineAt: deadline.at }, deadline.signal);
  } finally {
    deadline.stop();
  }
}
