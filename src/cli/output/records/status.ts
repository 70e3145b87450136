import type { OpenWindow } from "../../../app/turn/open-windows.ts";
import type { TurnStatus } from "../../../app/watch/status.ts";
import { busyWindowRecord } from "./window.ts";

export function statusRecord(
  workspace: string | undefined,
  turns: readonly TurnStatus[],
  windows: readonly OpenWindow[],
) {
  return {
    type: "agent_sessions.status",
    workspace: workspace ?? null,
    count: turns.length,
    turns: turns.map((turn) => ({
      turn_id: turn.turnId ?? null,
      name: turn.name ?? null,
      agent: turn.agent,
      session_id: turn.sessionId ?? null,
      workspace: turn.workspace,
      reason: turn.reason,
      since: turn.since,
      called_by: turn.calledBy ?? null,
      pid: turn.pid ?? null,
      last_output_at: turn.lastOutputAt ?? null,
      output_bytes: turn.outputBytes,
      doing: turn.doing ?? null,
      deadline_at: turn.deadlineAt ?? null,
      stalled: turn.isStalled,
      problem: turn.problem ?? null,
    })),
    windows: windows.map(({ name, agent, workspace, ...window }) => ({
      name,
      agent,
      session_id: window.sessionId,
      workspace,
      ...busyWindowRecord(window),
    })),
  };
}
