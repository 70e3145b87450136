import { callingConversation } from "./calling-conversation.ts";
import type { Context } from "./context.ts";

/** Who asked for a turn, in words for those who have to wait for it. */
export function callerName({ agents, env, parentName }: Context): string {
  const { AGENT_SESSIONS_CALLER, AGENT_SESSIONS_TURN } = env;
  if (AGENT_SESSIONS_CALLER) return AGENT_SESSIONS_CALLER;
  if (AGENT_SESSIONS_TURN) return `turn ${AGENT_SESSIONS_TURN}`;
  const calling = callingConversation(agents, env);
  return calling === undefined ? parentName() : `${calling.agent.title} ${calling.sessionId}`;
}
