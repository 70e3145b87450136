import { diagnose } from "../../../agents/diagnosis.ts";
import type { OpenTurn } from "../../../stores/file/turns/turns.ts";
import type { Context } from "../../context.ts";
import { readConversation } from "../../conversation/conversation.ts";
import { putCopyBack } from "../../conversation/copies.ts";
import type { TurnEnding } from "../ending/judge.ts";
import { findLauncher } from "../launcher.ts";

/**
 * Returns the turn as it is to run again, if its agent has run nothing because it had lost the conversation, and has
 * taken it back from our copy; undefined otherwise. If this process dies before the agent is started again, nothing has
 * run.
 */
export async function afterPuttingBack(
  context: Context,
  turn: OpenTurn,
  { folded, agentEnd, ended }: TurnEnding,
): Promise<OpenTurn | undefined> {
  const { folder, plan } = turn;
  const agent = context.findAgent(plan.scope.agent);
  const sessionId = plan.kind === "create" ? plan.forkOf : plan.sessionId;
  if (agent.copies === undefined || sessionId === undefined || ended !== undefined) return undefined;
  const exit = agentEnd.kind === "seen" ? agentEnd.exit : undefined;
  if (!exit?.code || folder.output().bytes !== 0 || folder.cancellation() !== undefined) return undefined;
  if (diagnose(agent, folded, exit, folder.stderrEnds())?.code !== "conversation_lost") return undefined;
  const conversation = await readConversation(context, { agent: agent.name, sessionId });
  const place = { launcher: () => findLauncher(context, agent, plan.agentCommand), cwd: plan.cwd };
  if (!(await putCopyBack(conversation, place, turn.trustsCopy ?? false))) return undefined;
  const change = plan.kind === "send" ? ({ continuity: "restored" } as const) : {};
  folder.amendPlan(change);
  folder.forgetAgent();
  return { ...turn, plan: { ...plan, ...change } as OpenTurn["plan"] };
}
