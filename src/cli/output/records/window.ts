import type { ClosedWindow } from "../../../app/open-window.ts";

export function closedRecord(closed: ClosedWindow) {
  const { name, agent, workspace, sessionId, continuity, openedAt, closedAt, wentOnIn } = closed;
  return {
    type: "agent_sessions.closed",
    name,
    agent,
    session_id: sessionId,
    workspace,
    continuity,
    opened_at: openedAt,
    closed_at: closedAt,
    went_on_in: wentOnIn ?? null,
  };
}
