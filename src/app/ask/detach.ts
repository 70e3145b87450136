import { AppError } from "../../domain/errors.ts";
import { withoutUndefined } from "../../domain/without-undefined.ts";
import type { TurnFolder } from "../../stores/file/turns/folder.ts";
import { startInBackground } from "../../system/processes/background.ts";
import type { Context } from "../context.ts";
import { ownWindowOf } from "../conversation/windows.ts";
import { rememberUse } from "../last-use.ts";
import { resolveOrRebind } from "../names/resolve-or-rebind.ts";
import { busy, refuse } from "../turn/acquire.ts";
import { detachedChain } from "../turn/chain.ts";
import { giveUpName } from "../turn/ending/publish.ts";
import { checkForeignWriter } from "../turn/foreign-writer.ts";
import { refuseOwn } from "../turn/own-wait.ts";
import { lastingCommand } from "../turn/remembered.ts";
import { withDeadline } from "../turn/running/deadline.ts";
import { settleSession } from "../turn/settle.ts";
import { newTicket } from "../turn/ticket.ts";
import { checkContinue } from "./continue.ts";
import { type CreateRequest, prepareCreate } from "./create.ts";
import { refuseOther } from "./last-used.ts";
import { requestFor, type SendRequest } from "./send.ts";

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
 * Accepts a turn that runs in the background. Resolves once prompt and request are durable and the turn's
 * attendant runs, queued behind earlier turns.
 *
 * @throws AppError as `send` does, as far as this can be known now. Later errors become the result of the
 * turn.
 */
export async function detachSend(context: Context, request: SendRequest): Promise<Detached> {
  const { workspace, ifBusy = "wait" } = request;
  const { scope, entry, reboundFrom } = await resolveOrRebind(context, request);
  const { usedId } = request;
  await refuseOther(context, { scope, entry }, usedId);
  const agent = context.findAgent(scope.agent);
  const { name, sessionId, ...wanted } = await requestFor(context, request, scope, entry);
  const asked = { ...wanted, name: entry.name, sessionId };
  const { launcher, session } = await checkContinue(context, agent, asked);
  const [running] = await settleSession(context, agent.name, sessionId);
  if (running !== undefined) {
    refuse(context, entry.name, running);
    if (ifBusy === "fail") throw busy(context, { label: entry.name, workspace }, running);
  }
  const window = ownWindowOf(context, { agent: agent.name, sessionId });
  if (window !== undefined) {
    refuseOwn(context, entry.name, window.id);
    if (ifBusy === "fail") throw busy(context, { label: entry.name, workspace }, window);
  }
  const leader = running?.folder.agentProcess()?.pid;
  const { withOpenWindow = false } = request;
  checkForeignWriter(
    context,
    agent,
    { sessionId, label: entry.name, ifBusy, withOpenWindow },
    leader === undefined ? [] : [leader],
  );

  const { turnId, arrival, calledBy, deadlineAt } = newTicket(context, deadlineOf(context, request));
  const acceptedAt = context.now().toISOString();
  const { model, effort, partials, trustTranscript, isRetry, maxOutputBytes, stallMs } = asked;
  const { access, schemaText } = asked;
  const folder = context.turns.accept(
    {
      v: 1,
      turnId,
      scope,
      name: entry.name,
      sessionId,
      cwd: workspace,
      arrival,
      acceptedAt,
      calledBy,
      caller: context.self,
      launcher: [...launcher],
      agentArgs: [...(asked.agentArgs ?? [])],
      ifBusy,
      ...withoutUndefined({
        agentCommand: lastingCommand(context, asked.agentCommand),
        usedId,
        model,
        effort,
        partials,
        withOpenWindow,
        trustTranscript,
        isRetry,
        access,
        schemaText,
        maxOutputBytes,
        stallMs,
        deadlineAt,
      }),
    },
    asked.prompt,
  );
  const attendant = await startAttendant(context, turnId, workspace, folder);
  await session.queue.join({ turnId, arrival, calledBy, process: attendant, since: acceptedAt });
  folder.saveAttendant(attendant);
  rememberUse(context, scope, entry);
  const rebound = reboundFrom === undefined ? {} : { reboundFrom };
  return { turnId, name: entry.name, agent: agent.name, workspace, sessionId, ...rebound };
}

/** Does the same for the first turn of a new conversation. */
export async function detachCreate(
  context: Context,
  request: CreateRequest,
): Promise<
  (Detached & { created: true }) | Exclude<Awaited<ReturnType<typeof prepareCreate>>, { created: true }>
> {
  const prepared = await withDeadline(context, request, undefined, (asked, signal) =>
    prepareCreate(context, request, newTicket(context, asked.deadlineAt), signal),
  );
  if (!prepared.created) return prepared;
  const { folder, plan } = prepared.turn;
  try {
    folder.saveAttendant(await startAttendant(context, plan.turnId, plan.cwd, folder));
  } catch (error) {
    context.turns.remove(folder);
    await giveUpName(context, plan);
    throw error;
  }
  const { turnId, name = "", sessionId } = plan;
  rememberUse(context, plan.scope, { ...plan, name });
  return {
    created: true,
    turnId,
    name,
    agent: plan.scope.agent,
    workspace: plan.cwd,
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
      "A turn can't be detached from here: the command line is not installed.",
    );
  }
  // The attendant belongs to its own turn, not to a turn that this process may run in: ending that turn must
  // not end the attendant.
  const env = {
    ...context.env,
    ...Object.fromEntries(context.agents.map(({ sessionVariable }) => [sessionVariable, undefined])),
    AGENT_SESSIONS_TURN: undefined,
    AGENT_SESSIONS_CHAIN: detachedChain(context.env),
  };
  const logPath = folder.attendantLogPath;
  return startInBackground([...context.program, ATTEND, turnId], { cwd, env, logPath });
}

function deadlineOf(
  context: Context,
  { deadlineMs, deadlineAt }: { deadlineMs?: number | undefined; deadlineAt?: string | undefined },
): string | undefined {
  return deadlineMs === undefined ? deadlineAt : new Date(context.now().getTime() + deadlineMs).toISOString();
}
