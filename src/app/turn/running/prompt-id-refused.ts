import type { OpenTurn } from "../../../stores/file/turns/turns.ts";
import type { Context } from "../../context.ts";
import { readConversation } from "../../conversation/conversation.ts";
import { findEvidence } from "../../conversation/evidence.ts";
import { locateTranscript } from "../../conversation/transcript.ts";
import type { TurnEnding } from "../ending/judge.ts";

/**
 * Whether an agent has exited by itself and has certainly run nothing of a prompt with an id: it has printed
 * no line, and the prompt is not in its transcript. claude 2.1.197 does not run such a prompt and exits with
 * code 0; a wrapper may have been switched to it, or may read the prompt itself.
 */
export async function hasRunNothing(
  context: Context,
  { folder, plan, withoutId }: OpenTurn,
  { agentEnd, ended }: TurnEnding,
): Promise<boolean> {
  if (withoutId === undefined || ended !== undefined || folder.cancellation() !== undefined) return false;
  const hasExited = agentEnd.kind === "seen" && agentEnd.exit.code !== undefined;
  if (!hasExited || folder.output().bytes !== 0) return false;
  const agent = context.findAgent(plan.scope.agent);
  const hasTranscript = (id: string | undefined) =>
    id !== undefined && locateTranscript(context, agent, id) !== undefined;
  if (plan.kind !== "send") return hasTranscript(plan.forkOf) && !hasTranscript(plan.sessionId);
  const conversation = await readConversation(context, { agent: agent.name, sessionId: plan.sessionId });
  return findEvidence(conversation, plan, folder.prompt())?.hasPrompt === false;
}

/**
 * Plans to ask the same without an id, and records that the program takes none. If this process dies before
 * the agent is started again, nothing has run.
 */
export function withoutPromptId({ folder, plan, withoutId }: OpenTurn): OpenTurn {
  const program = plan.program && { ...plan.program, takesPromptIds: false };
  const change = { hasOwnStdin: undefined, ...withoutId, promptId: undefined, program };
  folder.amendPlan(change);
  folder.forgetAgent();
  return { folder, plan: { ...plan, ...change } };
}
