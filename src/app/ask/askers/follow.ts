import { AppError } from "../../../domain/errors.ts";
import type { TurnResult } from "../../../domain/turn/turn.ts";
import { callerName } from "../../caller.ts";
import type { Context } from "../../context.ts";
import type { TurnListener } from "../../turn/running/listener.ts";
import { attach } from "../../watch/attach.ts";
import type { Detached } from "./detached.ts";

/**
 * Follows a turn to its end, and ends it when the listener's signal aborts; its deadline is the keeper's.
 *
 * @throws AppError why the turn never began
 */
export async function followToEnd(
  context: Context,
  { turnId, name, agent, workspace }: Detached,
  listener: TurnListener,
): Promise<TurnResult> {
  const { signal, onBytes, onEvent, eventTypes, onStarted } = listener;
  const end = () => {
    if (signal?.reason instanceof AppError && signal.reason.code === "deadline") return;
    const by = { at: context.now().toISOString(), by: callerName(context) };
    // The end of the turn tells whether it could be ended.
    context.runner.askToEnd(turnId, by).catch(() => undefined);
  };
  if (signal?.aborted) end();
  else signal?.addEventListener("abort", end, { once: true });
  try {
    const told = { onBytes, onEvent, eventTypes, onStarted };
    const { turn } = await attach(context, { name, agent, workspace, turnId }, told);
    listener.onEnded?.();
    // The result of a turn that has begun says how its agent's process was.
    if (turn.process !== undefined || turn.failure === undefined) return turn;
    const { code, message, hint } = turn.failure;
    throw new AppError(code, message, { hint });
  } finally {
    signal?.removeEventListener("abort", end);
  }
}
