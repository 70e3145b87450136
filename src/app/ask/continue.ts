import type { Agent } from "../../domain/agent/agent.ts";
import { AppError } from "../../domain/errors.ts";
import type { NameEntry, NameScope } from "../../domain/names/name.ts";
import { entrySince } from "../../domain/names/renames.ts";
import { requireFolder } from "../../system/places/workspace.ts";
import { checkBudget } from "../budget/check.ts";
import type { Context } from "../context.ts";
import { type Conversation, readConversation } from "../conversation/conversation.ts";
import { countersSince } from "../conversation/counters.ts";
import { readyAncestors, readyTranscript } from "../conversation/transcript.ts";
import { lostHint } from "../hints.ts";
import { NameMoved } from "../names/resolve.ts";
import { takeSession } from "../turn/acquire.ts";
import type { TurnResult } from "../turn/ending/result.ts";
import { awaitForeignWriter } from "../turn/foreign-writer.ts";
import { beginTurn, checkTurn, type PlannedTurn, planRole } from "../turn/plan.ts";
import { planRetry } from "../turn/retry.ts";
import type { TurnListener } from "../turn/running/listener.ts";
import { runTurn } from "../turn/running/run.ts";
import type { TurnTicket } from "../turn/ticket.ts";
import type { SendOptions } from "./send-request.ts";

export interface ContinueRequest extends SendOptions {
  scope: NameScope;
  /** The name that the turn is sent to; undefined if the caller gave only the conversation's id. */
  name?: string | undefined;
  sessionId: string;
  /** Where the agent runs. */
  cwd: string;
  ticket: TurnTicket;
}

/**
 * Runs one turn in a conversation, and never in another one: if the conversation can't be continued, nothing
 * is sent.
 *
 * @throws NameMoved when the name no longer points at the conversation; AppError as `send` says.
 */
export async function continueSession(
  context: Context,
  request: ContinueRequest,
  listener: TurnListener,
): Promise<TurnResult> {
  const { scope, name, sessionId, ticket } = request;
  const agent = context.findAgent(scope.agent);
  const label = name ?? sessionId;
  const { session, launcher } = await checkContinue(context, agent, request);
  const { ifBusy = "wait", withOpenWindow = false } = request;
  const held = await takeSession(context, {
    key: session.key,
    label,
    workspace: request.cwd,
    ticket,
    ifBusy,
    signal: listener.signal,
    onPlaced: listener.onPlaced,
  });
  try {
    const { signal } = listener;
    await awaitForeignWriter(context, agent, { sessionId, label, ifBusy, withOpenWindow, signal });
    const entry = name === undefined ? undefined : await entryStillOf(context, scope, name, sessionId);
    const nameNow = entry?.name;
    const names = entry === undefined ? await namesOf(context, request) : [entry];
    const meant = { agent, sessionId, names, workspace: scope.workspace, isHeld: true };
    const endsAtTokens = await checkBudget(context, meant, request);
    const conversation = await readConversation(context, session.key);
    const { record, last } = conversation;
    const hint = lostHint(context, scope, nameNow);
    await readyAncestors(conversation, { name: label, hint });
    const { prompt, ...planned } = planContinue(conversation, { ...request, name: nameNow }, hint);
    const plan = { ...planned, ...planRole(agent, record ?? {}, last?.agentVersion) };
    const access = request.access ?? record?.access;
    const turn = beginTurn(context, ticket, plan, {
      ...request,
      endsAtTokens,
      access,
      prompt,
      launcher,
      shown: last?.program,
    });
    return await runTurn(context, { ...turn, trustsCopy: request.trustTranscript }, listener);
  } finally {
    await held.release();
  }
}

/** Returns the names of a conversation that is given by its id, in the folder that it belongs to. */
async function namesOf(context: Context, { scope, sessionId }: ContinueRequest): Promise<NameEntry[]> {
  const record = await context.store.session({ agent: scope.agent, sessionId }).record();
  const { entries } = await context.store.list({ ...scope, workspace: record?.workspace ?? scope.workspace });
  return [...entries.values()].filter((entry) => entry.sessionId === sessionId);
}

/** Returns the conversation's present name: it may have been renamed during the wait. @throws NameMoved */
export async function entryStillOf(
  context: Context,
  scope: NameScope,
  name: string,
  sessionId: string,
): Promise<NameEntry> {
  const { entry: same } = await context.store.find(scope, name);
  const isSame = same?.sessionId === sessionId;
  const entry = isSame ? same : entrySince(await context.store.list(scope), name, sessionId);
  if (entry?.sessionId !== sessionId) throw new NameMoved();
  return entry;
}

/**
 * Checks what can be checked before the conversation is free: that its id is valid, and that the turn could
 * begin.
 */
export async function checkContinue(
  context: Context,
  agent: Agent,
  request: Omit<ContinueRequest, "ticket">,
) {
  const { name, sessionId, cwd } = request;
  if (!agent.isSessionId(sessionId)) {
    throw new AppError(
      "conversation_lost",
      name === undefined
        ? `${JSON.stringify(sessionId)} is not an id of ${agent.title}.`
        : `${JSON.stringify(name)} points at ${JSON.stringify(sessionId)}, which is not an id of ${agent.title}.`,
      { hint: lostHint(context, request.scope, name) },
    );
  }
  const session = context.store.session({ agent: agent.name, sessionId });
  const record = await session.record();
  const access = request.access ?? record?.access;
  requireFolder(
    cwd,
    name === undefined
      ? undefined
      : `If it was moved, do this where it is now: ${context.wording.step("rebind", { name, from: cwd })}`,
  );
  const launcher = await checkTurn(context, agent, { ...request, roleText: record?.roleText, access });
  return { session, launcher };
}

function planContinue(
  conversation: Conversation,
  { scope, name, sessionId, cwd, prompt, trustTranscript = false, isRetry }: ContinueRequest,
  hint: string | undefined,
): PlannedTurn & { prompt: string } {
  const label = name ?? sessionId;
  const ready = readyTranscript(conversation, { name: label, trustTranscript, hint });
  const { continuity, bytes: transcriptBytes, inode, foreignBytes } = ready;
  const transcriptMark = { bytes: transcriptBytes ?? 0, ...(inode === undefined ? {} : { inode }) };
  const countersBefore = countersSince(conversation, ready);
  return {
    kind: "send",
    scope,
    name,
    cwd,
    sessionId,
    continuity,
    prompt,
    transcriptBytes,
    transcriptMark,
    foreignBytes: foreignBytes > 0 ? foreignBytes : undefined,
    countersBefore,
    ...(isRetry ? planRetry(conversation, ready, label) : {}),
  };
}
