import type { TurnResult } from "../../../domain/turn/turn.ts";
import { canSeeMarks } from "../../../system/processes/mark.ts";
import type { Context } from "../../context.ts";
import type { ResolvedName } from "../../names/resolve.ts";
import type { TurnListener } from "../../turn/running/listener.ts";
import { readyAfter } from "../../turn/warm/ready-after.ts";
import { beginHere } from "../first-turn.ts";
import { unlessLost } from "../or-fresh.ts";
import type { Follow } from "../request-id.ts";
import type { SendRequest } from "../send-request.ts";
import type { Asker } from "./asker.ts";
import { sendInBackground } from "./background.ts";
import { followToEnd } from "./follow.ts";
import { here } from "./here.ts";
import { orOnLine } from "./on-line.ts";

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
    // Called only for a request that is new.
    let isEarlier = true;
    const refuse: Follow = async (to) => {
      isEarlier = false;
      if (context.findAgent(to.scope.agent).warm === undefined) throw new NeverWarm();
      await check?.(to);
    };
    const sent = await sendInBackground(context, request, signal, refuse);
    listener.onPlaced?.();
    const result = await followToEnd(context, sent, {
      ...listener,
      signal,
      stallMs: request.stallMs,
      isEarlier,
    });
    return sent.reboundFrom === undefined ? result : { ...result, reboundFrom: sent.reboundFrom };
  };
  const first = beginHere(listener);
  const asker: Asker<TurnResult> = {
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
  return orOnLine(asker, (context, sent, following) =>
    followToEnd(context, sent, { ...listener, ...following }),
  );
}
