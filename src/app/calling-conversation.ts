import type { Agent, AgentEnvironment } from "../domain/agent/agent.ts";

/** The conversation of an agent whose tool has started this process; undefined where none says so. */
export function callingConversation(
  agents: readonly Agent[],
  environment: AgentEnvironment,
): { agent: Agent; sessionId: string } | undefined {
  for (const agent of agents) {
    const sessionId = environment[agent.sessionVariable];
    if (sessionId) return { agent, sessionId };
  }
  return undefined;
}
