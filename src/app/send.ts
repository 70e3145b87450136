import type { Context } from "./context.ts";
import { continueSession, NameMoved, type SendOptions } from "./continue-session.ts";
import { resolveName } from "./resolve-name.ts";
import type { TurnListener } from "./run-turn.ts";
import type { TurnResult } from "./turn-result.ts";

export interface SendRequest extends SendOptions {
  name: string;
  /** Needed only where two agents own the name. */
  agent?: string | undefined;
  workspace: string;
}

/**
 * Runs one turn in the conversation a name stands for when its turn has come: a name that another turn moves
 * while this one waits, by `/clear`, is followed.
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
  for (;;) {
    const { scope, entry } = await resolveName(context, workspace, request.name, request.agent);
    try {
      return await continueSession(
        context,
        {
          ...request,
          scope,
          name: entry.name,
          sessionId: entry.sessionId,
          cwd: workspace,
          model: request.model ?? entry.lastModel,
          effort: request.effort ?? entry.lastEffort,
        },
        listener,
      );
    } catch (error) {
      if (!(error instanceof NameMoved)) throw error;
    }
  }
}
