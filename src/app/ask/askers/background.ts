import type { UnendedTurn } from "../../../domain/runner.ts";
import type { TurnResult } from "../../../domain/turn/turn.ts";
import type { OpenTurn } from "../../../stores/file/turns/turns.ts";
import { checkBudget } from "../../budget/check.ts";
import type { Context } from "../../context.ts";
import { readConversation } from "../../conversation/conversation.ts";
import { readyAncestors, readyTranscript } from "../../conversation/transcript.ts";
import { ownWindowOf } from "../../conversation/windows.ts";
import { rememberUse } from "../../last-use.ts";
import type { ResolvedName } from "../../names/resolve.ts";
import { resolveOrRebind } from "../../names/resolve-or-rebind.ts";
import { busy, refuse } from "../../turn/acquire.ts";
import { giveUpName } from "../../turn/ending/publish.ts";
import { checkForeignWriter } from "../../turn/foreign-writer.ts";
import { refuseOwn } from "../../turn/own-wait.ts";
import { settingsIn } from "../../turn/remembered.ts";
import { settleSession } from "../../turn/settle.ts";
import { newTicket, type TurnTicket } from "../../turn/ticket.ts";
import { checkContinue } from "../continue.ts";
import { refuseOther } from "../last-used.ts";
import { unlessLost } from "../or-fresh.ts";
import { askOnce, type Follow } from "../request-id.ts";
import type { SendRequest } from "../send-request.ts";
import { requestFor } from "../send-when-free.ts";
import type { Asker } from "./asker.ts";
import type { Detached } from "./detached.ts";
import { orOnLine } from "./on-line.ts";

export type { Detached } from "./detached.ts";

/**
 * Returns the runner that hands turns to an attendant. It resolves once prompt and request are durable and the
 * attendant runs, queued behind earlier turns. Later errors become the result of the turn.
 */
export function inBackground(signal?: AbortSignal): Asker<Detached> {
  const here: Asker<Detached> = {
    signal,
    send: sendInBackground,
    sendUnlessLost: (context, request, _resolved, ending) =>
      unlessLost(() => sendInBackground(context, request, ending, (to) => requireConversation(context, to))),
    begin,
    again,
  };
  return orOnLine(
    here,
    async (context, sent) => {
      // Who leaves it is told by nothing else.
      const why = await context.runner.whyWaiting(sent.turnId).catch(() => undefined);
      if (why !== undefined) context.notify(`${why} Turn ${sent.turnId} waits.`);
      return sent;
    },
    { isDetached: true },
  );
}

/** `check` is called with the conversation before the turn is accepted, and may throw to prevent that. */
export async function sendInBackground(
  context: Context,
  request: SendRequest,
  signal: AbortSignal | undefined,
  check?: Follow,
): Promise<Detached> {
  const ticket = newTicket(context, request.deadlineAt);
  if (request.request === undefined) return accept(context, request, ticket, check);
  let reboundFrom: string | undefined;
  const resolve = async () => {
    const resolved = await resolveOrRebind(context, request);
    reboundFrom ??= resolved.reboundFrom;
    return resolved;
  };
  const repeatable = { request: request.request, prompt: request.prompt, signal, again };
  const detached = await askOnce(context, resolve, repeatable, ticket, (follow) =>
    accept(context, request, ticket, async (to) => {
      await follow(to);
      await check?.(to);
    }),
  );
  return reboundFrom === undefined ? detached : { ...detached, reboundFrom };
}

/** Returns an earlier turn, ended or not, as if it had been detached now. */
function again(found: TurnResult | UnendedTurn): Detached {
  const { turnId, name = "", workspace, sessionId } = found;
  const agent = "scope" in found ? found.scope.agent : found.agent;
  return { turnId, name, agent, workspace, ...(sessionId === undefined ? {} : { sessionId }) };
}

async function accept(
  context: Context,
  request: SendRequest,
  ticket: TurnTicket,
  check?: Follow,
): Promise<Detached> {
  const { workspace, usedId, withOpenWindow, trustTranscript, ifBusy = "wait" } = request;
  const { scope, entry, reboundFrom } = await resolveOrRebind(context, request);
  await check?.({ scope, entry });
  await refuseOther(context, { scope, entry }, usedId);
  const agent = context.findAgent(scope.agent);
  const asked = await requestFor(context, request, scope, entry);
  const { sessionId, isRetry } = asked;
  const { name } = entry;
  const { launcher } = await checkContinue(context, agent, asked);
  // Once more under the lock, when the turns before it have ended.
  await checkBudget(context, { agent, sessionId, names: [entry], workspace: scope.workspace }, asked);
  const [running] = await settleSession(context, agent.name, sessionId);
  if (running !== undefined) {
    refuse(context, name, running);
    if (ifBusy === "fail") throw busy(context, { label: name, workspace }, running);
  }
  const window = ownWindowOf(context, { agent: agent.name, sessionId });
  if (window !== undefined) {
    refuseOwn(context, name, window.id);
    if (ifBusy === "fail") throw busy(context, { label: name, workspace }, window);
  }
  const leader = running?.folder.agentProcess()?.pid;
  checkForeignWriter(
    context,
    agent,
    { sessionId, label: name, ifBusy, withOpenWindow: withOpenWindow ?? false },
    leader === undefined ? [] : [leader],
  );

  const { turnId, arrival, calledBy, deadlineAt } = ticket;
  await context.runner.accept({
    ...settingsIn(context, asked),
    kind: "send",
    turnId,
    prompt: asked.prompt,
    scope,
    name,
    sessionId,
    usedId,
    workspace,
    arrival,
    calledBy,
    launcher,
    partials: request.partials,
    ifBusy,
    withOpenWindow,
    trustTranscript,
    overBudget: request.overBudget,
    isRetry,
    deadlineAt,
    keepWarmMs: request.keepWarmMs,
  });
  rememberUse(context, scope, entry);
  const rebound = reboundFrom === undefined ? {} : { reboundFrom };
  return { turnId, name, agent: agent.name, workspace, sessionId, ...rebound };
}

/** Hands the first turn of a conversation over, or gives its name up. */
async function begin(context: Context, { folder, plan }: OpenTurn): Promise<Detached> {
  const { turnId, name = "", sessionId, scope, cwd: workspace } = plan;
  try {
    await context.runner.accept({ kind: "first", turnId, workspace });
  } catch (error) {
    context.turns.remove(folder);
    await giveUpName(context, plan);
    throw error;
  }
  rememberUse(context, scope, { ...plan, name });
  return {
    turnId,
    name,
    agent: scope.agent,
    workspace,
    ...(sessionId === undefined ? {} : { sessionId }),
  };
}

/** @throws AppError `conversation_lost` */
async function requireConversation(context: Context, { scope, entry }: ResolvedName): Promise<void> {
  const { name, sessionId } = entry;
  const conversation = await readConversation(context, { agent: scope.agent, sessionId });
  readyTranscript(conversation, { name });
  await readyAncestors(conversation, { name });
}
