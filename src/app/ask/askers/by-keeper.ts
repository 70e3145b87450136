import { AppError } from "../../../domain/errors.ts";
import type { TurnResult } from "../../../domain/turn/turn.ts";
import { canSeeMarks } from "../../../system/processes/mark.ts";
import { callerName } from "../../caller.ts";
import type { Context } from "../../context.ts";
import type { ResolvedName } from "../../names/resolve.ts";
import type { TurnListener } from "../../turn/running/listener.ts";
import { readyAfter } from "../../turn/warm/ready-after.ts";
import { attach } from "../../watch/attach.ts";
import { beginHere } from "../first-turn.ts";
import { unlessLost } from "../or-fresh.ts";
import type { Follow } from "../request-id.ts";
import type { SendRequest } from "../send-request.ts";
import type { Asker } from "./asker.ts";
import { type Detached, sendInBackground } from "./background.ts";
import { here } from "./here.ts";

/** Thrown before a turn is accepted whose agent can't be kept warm. */
class NeverWarm extends Error {}

/**
 * Sends by way of a keeper, which keeps the agent warm for the next turn, and follows the turn to its end: for commands,
 * which end themselves. The first turn of a conversation runs in this process; after it, the keeper has an agent ready for
 * the next one. Agents that can't be kept warm run in this process, too.
 */
export function byKeeper(listener: TurnListener): Asker<TurnResult> {
  const inThisProcess = here(listener);
  const send = async (
    context: Context,
    request: SendRequest,
    signal: AbortSignal | undefined,
    check?: Follow,
  ) => {
    const refuse: Follow = async (to) => {
      if (context.findAgent(to.scope.agent).warm === undefined) throw new NeverWarm();
      await check?.(to);
    };
    const sent = await sendInBackground(context, request, signal, refuse);
    listener.onPlaced?.();
    const result = await follow(context, sent, { ...listener, signal });
    return sent.reboundFrom === undefined ? result : { ...result, reboundFrom: sent.reboundFrom };
  };
  const first = beginHere(listener);
  return {
    ...first,
    begin: async (context, turn, signal) => {
      const result = await first.begin(context, turn, signal);
      await readyAfter(context, turn.plan, result);
      return result;
    },
    send: async (context, request, signal) => {
      if (!canSeeMarks()) return inThisProcess.send(context, request, signal);
      try {
        return await send(context, request, signal);
      } catch (error) {
        if (error instanceof NeverWarm) return inThisProcess.send(context, request, signal);
        throw error;
      }
    },
    sendUnlessLost: async (context, request, resolved: ResolvedName, signal) => {
      const isWarm = canSeeMarks() && context.findAgent(resolved.scope.agent).warm !== undefined;
      if (!isWarm) return inThisProcess.sendUnlessLost(context, request, resolved, signal);
      const sent = await unlessLost(() => send(context, request, signal));
      return sent?.failure?.code === "conversation_lost" ? undefined : sent;
    },
  };
}

/**
 * Follows a turn to its end, and ends it when the listener's signal aborts; its deadline is the keeper's.
 *
 * @throws AppError why the turn never began
 */
async function follow(
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
