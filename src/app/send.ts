import { AppError } from "../domain/errors.ts";
import { requireFolder } from "../system/workspace.ts";
import type { Context } from "./context.ts";
import { refuseOpenWindow } from "./open-window.ts";
import { beginTurn, checkTurn, newTurnId, type TurnOptions } from "./plan-turn.ts";
import { resolveName } from "./resolve-name.ts";
import { runTurn, type TurnListener } from "./run-turn.ts";
import { takeSession } from "./take-session.ts";
import { readyTranscript } from "./transcript.ts";
import type { TurnResult } from "./turn-result.ts";

export interface SendRequest extends TurnOptions {
  name: string;
  /** Needed only where two agents own the name. */
  agent?: string | undefined;
  workspace: string;
  prompt: string;
  ifBusy: "wait" | "fail";
  /** Send although the agent's own window has the conversation open. */
  withOpenWindow?: boolean | undefined;
  /** Send although the transcript has become shorter. */
  trustTranscript?: boolean | undefined;
}

/**
 * Runs one turn in the conversation a name stands for. It never runs in another one: where the conversation
 * can't be continued, nothing is sent.
 *
 * @throws AppError `no_such_name`, `ambiguous_name`, `busy`, `own_conversation`, `conversation_lost`,
 * `conversation_changed`, and what `checkTurn` throws. A turn that failed is a result, not an exception.
 */
export async function send(
  context: Context,
  request: SendRequest,
  listener: TurnListener,
): Promise<TurnResult> {
  const { workspace } = request;
  const { agent: agentName, entry } = await resolveName(context, workspace, request.name, request.agent);
  const agent = context.findAgent(agentName);
  const scope = { workspace, agent: agentName };
  const { name, sessionId } = entry;
  if (!agent.isSessionId(sessionId)) {
    throw new AppError(
      "conversation_lost",
      `${JSON.stringify(name)} points at ${JSON.stringify(sessionId)}, which is no id of ${agent.title}.`,
    );
  }
  const session = context.store.session({ agent: agentName, sessionId });
  const record = await session.record();
  const options: TurnOptions = {
    ...request,
    model: request.model ?? entry.lastModel,
    effort: request.effort ?? entry.lastEffort,
  };
  requireFolder(workspace);
  const launcher = checkTurn(context, agent, request.prompt, record?.roleText, options);

  const turnId = newTurnId(context);
  const held = await takeSession(context, {
    scope,
    name,
    sessionId,
    turnId,
    ifBusy: request.ifBusy,
    signal: listener.signal,
  });
  try {
    await refuseMovedName(context, scope, name, sessionId);
    if (!request.withOpenWindow) refuseOpenWindow(context, agent, sessionId, name);
    const last = await session.journal.last();
    const trustTranscript = request.trustTranscript ?? false;
    const { continuity, foreignBytes } = readyTranscript(context, agent, session.key, last?.transcript, {
      name,
      trustTranscript,
    });
    const { folder, plan } = beginTurn(
      context,
      agent,
      turnId,
      {
        kind: "send",
        name,
        workspace,
        sessionId,
        continuity,
        ...(foreignBytes > 0 ? { foreignBytes } : {}),
        ...(record?.roleText === undefined ? {} : { roleText: record.roleText }),
      },
      request.prompt,
      launcher,
      options,
    );
    try {
      const result = await runTurn(context, agent, folder, plan, listener);
      context.turns.remove(folder);
      return result;
    } catch (error) {
      // Nothing has run as long as there is no process on record: then nothing needs to be settled either.
      if (folder.agentProcess() === undefined) context.turns.remove(folder);
      throw error;
    }
  } finally {
    await held.release();
  }
}

/** A name can be moved or removed while we wait for its conversation. */
async function refuseMovedName(
  context: Context,
  scope: { workspace: string; agent: string },
  name: string,
  sessionId: string,
): Promise<void> {
  const now = (await context.store.get(scope, name))?.sessionId;
  if (now === sessionId) return;
  const what = now === undefined ? "was removed" : `was moved to ${now}`;
  throw new AppError(
    "no_such_name",
    `${JSON.stringify(name)} ${what} while this command waited for it; nothing was sent.`,
  );
}
