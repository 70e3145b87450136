import type { Adopted } from "../../../app/names/adopt.ts";
import type { FoundConversations } from "../../../app/names/conversations.ts";
import type { Rebound } from "../../../app/names/rebind.ts";

export function adoptedRecord(adopted: Adopted) {
  const { name, agent, workspace, sessionId, previousSessionId, firstPrompt, beganIn, alsoNamed } = adopted;
  return {
    type: "agent_sessions.adopted",
    name,
    agent,
    session_id: sessionId,
    previous_session_id: previousSessionId ?? null,
    workspace,
    began_in: beganIn ?? workspace,
    first_prompt: firstPrompt ?? null,
    also_named: alsoNamed,
  };
}

export function conversationsRecord(
  workspace: string,
  { agents, conversations, hasMore }: FoundConversations,
) {
  return {
    type: "agent_sessions.conversations",
    workspace,
    agents,
    count: conversations.length,
    has_more: hasMore,
    conversations: conversations.map(({ agent, sessionId, usedAt, firstPrompt, names, transcript }) => ({
      agent,
      session_id: sessionId,
      last_used_at: usedAt,
      first_prompt: firstPrompt ?? null,
      names,
      transcript,
    })),
  };
}

export function reboundRecord({ from, workspace, names }: Rebound) {
  return {
    type: "agent_sessions.rebound",
    from,
    workspace,
    count: names.length,
    names: names.map(({ name, agent, sessionId }) => ({ name, agent, session_id: sessionId })),
  };
}
