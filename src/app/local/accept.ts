import { AppError } from "../../domain/errors.ts";
import type { TurnOrder } from "../../domain/runner.ts";
import type { TurnFolder } from "../../stores/file/turns/folder.ts";
import { startInBackground } from "../../system/processes/background.ts";
import type { Context } from "../context.ts";
import { detachedChain } from "../turn/chain.ts";

/** The sub-command by which this program attends to a turn. */
export const ATTEND = "attend-turn";

/** Writes a turn down and hands it to an attendant, a process of its own. */
export async function accept(context: Context, order: TurnOrder): Promise<void> {
  const { turnId, workspace: cwd } = order;
  if (order.kind === "first") {
    const folder = context.turns.find(turnId);
    folder.saveAttendant(await startAttendant(context, turnId, cwd, folder));
    return;
  }
  const { kind, workspace, prompt, launcher, agentArgs = [], ...asked } = order;
  const acceptedAt = context.now().toISOString();
  const folder = context.turns.accept(
    {
      ...asked,
      v: 1,
      cwd,
      acceptedAt,
      caller: context.self,
      launcher: [...launcher],
      agentArgs: [...agentArgs],
    },
    prompt,
  );
  const process = await startAttendant(context, turnId, cwd, folder);
  const { arrival, calledBy, scope, sessionId } = order;
  const { queue } = context.store.session({ agent: scope.agent, sessionId });
  await queue.join({ turnId, arrival, calledBy, process, since: acceptedAt });
  folder.saveAttendant(process);
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
