import { withoutUndefined } from "../../../domain/without-undefined.ts";
import type { NextTurn } from "../../../stores/file/keepers.ts";
import type { TurnPlan } from "../../../stores/file/turns/plan.ts";
import type { OpenTurn } from "../../../stores/file/turns/turns.ts";
import type { FileState } from "../../../system/files/keep.ts";
import type { Context } from "../../context.ts";
import { readConversation } from "../../conversation/conversation.ts";
import { planRole, planTurn } from "../plan.ts";
import { newTicket } from "../ticket.ts";

/** Nobody sends it, and no command contains it. */
const NO_PROMPT = "-";

/**
 * Returns the turn that is likely to come after the first one of a conversation: with the same settings, which the name
 * remembers; undefined where nothing is to be ready for it.
 */
export function nextAfter(
  plan: TurnPlan,
  sessionId: string | undefined,
  keepMs: number | undefined,
): NextTurn | undefined {
  const { afterwards, name, scope, cwd, model, effort, access, agentCommand, agentArgs } = plan;
  if (afterwards === undefined || name === undefined || sessionId === undefined || !keepMs) return undefined;
  const { launcher, partials } = afterwards;
  const settings = withoutUndefined({ model, effort, access, agentCommand });
  const args = agentArgs === undefined ? {} : { agentArgs: [...agentArgs] };
  return { v: 1, scope, name, sessionId, cwd, ...settings, ...args, launcher, partials, keepMs };
}

/** Returns that turn as it would be planned now, and the transcript as the last turn has left it; writes nothing. */
export async function planNext(
  context: Context,
  { scope, name, sessionId, cwd, launcher, ...options }: NextTurn,
): Promise<{ turn: OpenTurn; transcript: FileState | undefined }> {
  const agent = context.findAgent(scope.agent);
  const { record, last } = await readConversation(context, { agent: agent.name, sessionId });
  const planned = { kind: "send", scope, name, cwd, sessionId, continuity: "native" } as const;
  const { turn } = planTurn(
    context,
    newTicket(context, undefined),
    { ...planned, ...planRole(agent, record ?? {}, last?.agentVersion) },
    {
      ...options,
      access: options.access ?? record?.access,
      prompt: NO_PROMPT,
      launcher,
      shown: last?.program,
    },
  );
  return { turn, transcript: last?.transcript };
}
