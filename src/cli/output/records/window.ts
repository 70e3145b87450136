import type { BusyWindow } from "../../../app/turn/open-windows.ts";
import type { ClosedWindow } from "../../../app/window/open.ts";

export function closedRecord(closed: ClosedWindow) {
  const { name, agent, workspace, sessionId, continuity, openedAt, closedAt, wentOnIn, saidElsewhere } =
    closed;
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
    also_said_in: saidElsewhere?.conversations.map(({ sessionId }) => sessionId) ?? [],
  };
}

export function busyWindowRecord({ pid, kind, status, since, wentOnIn }: BusyWindow) {
  return {
    pid,
    kind,
    status: status ?? null,
    opened_at: since ?? null,
    went_on_in: wentOnIn ?? null,
  };
}
