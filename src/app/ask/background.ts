import { AppError } from "../../domain/errors.ts";
import type { TurnFolder } from "../../stores/file/turns/folder.ts";
import type { OpenTurn } from "../../stores/file/turns/turns.ts";
import { startInBackground } from "../../system/processes/background.ts";
import type { Context } from "../context.ts";
import { readConversation } from "../conversation/conversation.ts";
import { readyAncestors, readyTranscript } from "../conversation/transcript.ts";
import { ownWindowOf } from "../conversation/windows.ts";
import { rememberUse } from "../last-use.ts";
import type { ResolvedName } from "../names/resolve.ts";
import { resolveOrRebind } from "../names/resolve-or-rebind.ts";
import { busy, refuse } from "../turn/acquire.ts";
import { detachedChain } from "../turn/chain.ts";
import { giveUpName } from "../turn/ending/publish.ts";
import { checkForeignWriter } from "../turn/foreign-writer.ts";
import { refuseOwn } from "../turn/own-wait.ts";
import { settingsIn } from "../turn/remembered.ts";
import { settleSession } from "../turn/settle.ts";
import { newTicket } from "../turn/ticket.ts";
import { checkContinue } from "./continue.ts";
import { refuseOther } from "./last-used.ts";
import { unlessLost } from "./or-fresh.ts";
import type { Runner } from "./runner.ts";
import type { SendRequest } from "./send-request.ts";
import { requestFor } from "./send-when-free.ts";

/** A turn that runs without its caller. */
export interface Detached {
  turnId: string;
  name: string;
  agent: string;
  workspace: string;
  /** Absent for a new conversation whose agent chooses the id. */
  sessionId?: string;
  /** The workspace, now gone, that the name belonged to until now; absent without a rebind. */
  reboundFrom?: string;
}

/** The sub-command by which this program attends to a turn. */
export const ATTEND = "attend-turn";

/**
 * Returns the runner that hands turns to an attendant. It resolves once prompt and request are durable and the
 * attendant runs, queued behind earlier turns. Later errors become the result of the turn.
 */
export function inBackground(signal?: AbortSignal): Runner<Detached> {
  return {
    signal,
    send: accept,
    sendUnlessLost: (context, request, resolved) =>
      unlessLost(async () => {
        await requireConversation(context, resolved);
        return accept(context, request);
      }),
    begin,
  };
}

async function accept(context: Context, request: SendRequest): Promise<Detached> {
  const { workspace, usedId, withOpenWindow, trustTranscript, ifBusy = "wait" } = request;
  const { scope, entry, reboundFrom } = await resolveOrRebind(context, request);
  await refuseOther(context, { scope, entry }, usedId);
  const agent = context.findAgent(scope.agent);
  const asked = await requestFor(context, request, scope, entry);
  const { sessionId, isRetry } = asked;
  const { name } = entry;
  const { launcher, session } = await checkContinue(context, agent, asked);
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

  const { turnId, arrival, calledBy, deadlineAt } = newTicket(context, request.deadlineAt);
  const acceptedAt = context.now().toISOString();
  const folder = context.turns.accept(
    {
      ...settingsIn(context, asked),
      v: 1,
      turnId,
      scope,
      name,
      sessionId,
      cwd: workspace,
      arrival,
      acceptedAt,
      calledBy,
      caller: context.self,
      launcher: [...launcher],
      agentArgs: [...(asked.agentArgs ?? [])],
      ifBusy,
      usedId,
      partials: request.partials,
      withOpenWindow,
      trustTranscript,
      isRetry,
      deadlineAt,
    },
    asked.prompt,
  );
  const attendant = await startAttendant(context, turnId, workspace, folder);
  await session.queue.join({ turnId, arrival, calledBy, process: attendant, since: acceptedAt });
  folder.saveAttendant(attendant);
  rememberUse(context, scope, entry);
  const rebound = reboundFrom === undefined ? {} : { reboundFrom };
  return { turnId, name, agent: agent.name, workspace, sessionId, ...rebound };
}

/** Hands the first turn of a conversation over, or gives its name up. */
async function begin(context: Context, { folder, plan }: OpenTurn): Promise<Detached> {
  const { turnId, name = "", sessionId, scope, cwd: workspace } = plan;
  try {
    folder.saveAttendant(await startAttendant(context, turnId, workspace, folder));
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

/**
 * Starts the attendant of a turn. It does nothing until it is on record as the attendant: a turn whose caller
 * was not told of it never runs.
 */
async function startAttendant(context: Context, turnId: string, cwd: string, folder: TurnFolder) {
  if (context.program === undefined) {
    throw new AppError(
      "unsupported",
      "Turns can't run in the background here: the command line is not installed.",
    );
  }
  // The attendant belongs to its own turn, not to a turn that this process may run in: ending that turn must
  // not end the attendant.
  const env = {
    ...context.env,
    ...Object.fromEntries(context.agents.map(({ sessionVariable = "" }) => [sessionVariable, undefined])),
    AGENT_SESSIONS_TURN: undefined,
    AGENT_SESSIONS_CHAIN: detachedChain(context.env),
  };
  const logPath = folder.attendantLogPath;
  return startInBackground([...context.program, ATTEND, turnId], { cwd, env, logPath });
}

/** @throws AppError `conversation_lost` */
async function requireConversation(context: Context, { scope, entry }: ResolvedName): Promise<void> {
  const { name, sessionId } = entry;
  const conversation = await readConversation(context, { agent: scope.agent, sessionId });
  readyTranscript(conversation, { name });
  await readyAncestors(conversation, { name });
}
