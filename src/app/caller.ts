import type { Agent, AgentEnvironment } from "../domain/agent/agent.ts";
import type { Context } from "./context.ts";

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

/** Who asked for a turn, in words for those who have to wait for it. */
export function callerName({ agents, env, parentName }: Context): string {
  const { AGENT_SESSIONS_CALLER, AGENT_SESSIONS_TURN } = env;
  if (AGENT_SESSIONS_CALLER) return AGENT_SESSIONS_CALLER;
  if (AGENT_SESSIONS_TURN) return `turn ${AGENT_SESSIONS_TURN}`;
  const calling = callingConversation(agents, env);
  return calling === undefined ? parentName() : `${calling.agent.title} ${calling.sessionId}`;
}
