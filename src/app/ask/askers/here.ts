import type { Context } from "../../context.ts";
import { markRead } from "../../conversation/mark-read.ts";
import { resolveOrRebind } from "../../names/resolve-or-rebind.ts";
import type { TurnResult } from "../../turn/ending/result.ts";
import type { TurnListener } from "../../turn/running/listener.ts";
import { newTicket } from "../../turn/ticket.ts";
import { beginHere } from "../first-turn.ts";
import { refuseOther } from "../last-used.ts";
import { unlessLost } from "../or-fresh.ts";
import { askOnce, type Follow } from "../request-id.ts";
import type { SendRequest } from "../send-request.ts";
import { sendWhenFree } from "../send-when-free.ts";
import type { Asker } from "./asker.ts";
import { followToEnd } from "./follow.ts";
import { orOnLine } from "./on-line.ts";

/** Returns the runner of this process. It resolves when the turn has ended. */
export function here(listener: TurnListener): Asker<TurnResult> {
  const asker: Asker<TurnResult> = {
    ...beginHere(listener),
    send: (context, request, signal) => sendHere(context, request, { ...listener, signal }),
    sendUnlessLost: async (context, request, _resolved, signal) => {
      const sent = await unlessLost(() => sendHere(context, request, { ...listener, signal }));
      return sent?.failure?.code === "conversation_lost" ? undefined : sent;
    },
  };
  return orOnLine(asker, async (context, sent, following) => {
    listener.onPlaced?.();
    return followToEnd(context, sent, { ...listener, ...following });
  });
}

async function sendHere(context: Context, request: SendRequest, listener: TurnListener): Promise<TurnResult> {
  const { request: requestId, prompt } = request;
  const ticket = newTicket(context, request.deadlineAt);
  let reboundFrom: string | undefined;
  const resolve = async () => {
    const resolved = await resolveOrRebind(context, request);
    reboundFrom ??= resolved.reboundFrom;
    return resolved;
  };
  const ask = (follow?: Follow) =>
    sendWhenFree(context, { ...request, ticket }, listener, resolve, async (to) => {
      await refuseOther(context, to, request.usedId);
      await follow?.(to);
    });
  const { signal, onPlaced } = listener;
  const turn =
    requestId === undefined
      ? await ask()
      : await askOnce(
          context,
          resolve,
          { request: requestId, prompt, signal, onPlaced, again: beginHere(listener).again },
          ticket,
          ask,
        );
  if (requestId !== undefined) await markRead(context, turn);
  return reboundFrom === undefined ? turn : { ...turn, reboundFrom };
}
