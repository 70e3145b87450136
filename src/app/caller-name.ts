import type { Context } from "./context.ts";

/** Who asked for a turn, in words for those who have to wait for it. */
export function callerName({ env, parentName }: Context): string {
  const { AGENT_SESSIONS_CALLER, AGENT_SESSIONS_TURN, CLAUDE_CODE_SESSION_ID, CODEX_THREAD_ID } = env;
  if (AGENT_SESSIONS_CALLER) return AGENT_SESSIONS_CALLER;
  if (AGENT_SESSIONS_TURN) return `turn ${AGENT_SESSIONS_TURN}`;
  if (CLAUDE_CODE_SESSION_ID) return `Claude Code ${CLAUDE_CODE_SESSION_ID}`;
  if (CODEX_THREAD_ID) return `Codex ${CODEX_THREAD_ID}`;
  return parentName();
}
