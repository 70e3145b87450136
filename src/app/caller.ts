import type { Agent } from "../domain/agent/agent.ts";
import type { AgentEnvironment } from "../domain/agent/places.ts";
import type { Context } from "./context.ts";

/**
 * Returns the agent's conversation whose tool started this process; undefined if the environment names none.
 */
export function callingConversation(
  agents: readonly Agent[],
  environment: AgentEnvironment,
): { agent: Agent; sessionId: string } | undefined {
  for (const agent of agents) {
    const sessionId = agent.sessionVariable && environment[agent.sessionVariable];
    if (sessionId) return { agent, sessionId };
  }
  return undefined;
}

/** Returns the caller of a turn, in words for people who have to wait for it. */
export function callerName({ agents, env, parentName }: Context): string {
  const { AGENT_SESSIONS_CALLER, AGENT_SESSIONS_TURN } = env;
  if (AGENT_SESSIONS_CALLER) return AGENT_SESSIONS_CALLER;
  if (AGENT_SESSIONS_TURN) return `turn ${AGENT_SESSIONS_TURN}`;
  const calling = callingConversation(agents, env);
  return calling === undefined ? parentName() : `${calling.agent.title} ${calling.sessionId}`;
}
