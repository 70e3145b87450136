import type { Moves } from "../../../app/names/reflog.ts";
import type { Removed } from "../../../app/names/remove.ts";
import type { Renamed } from "../../../app/names/rename.ts";
import type { Restored } from "../../../app/names/restore.ts";

export function existingRecord(agent: string, workspace: string, entry: { name: string; sessionId: string }) {
  return {
    type: "agent_sessions.existing",
    name: entry.name,
    agent,
    session_id: entry.sessionId,
    workspace,
    created: false,
  };
}

/** `restoreCommand` brings the name back. */
export function removedRecord({ name, agent, sessionId, runningTurnId }: Removed, restoreCommand: string) {
  return {
    type: "agent_sessions.removed",
    name,
    agent,
    session_id: sessionId,
    running_turn_id: runningTurnId ?? null,
    restore_command: restoreCommand,
  };
}

export function removedAllRecord(workspace: string, told: readonly { removed: Removed; undo: string }[]) {
  return {
    type: "agent_sessions.removed_all",
    workspace,
    count: told.length,
    names: told.map(({ removed: { name, agent, sessionId }, undo }) => ({
      name,
      agent,
      session_id: sessionId,
      restore_command: undo,
    })),
  };
}

export function renamedRecord(workspace: string, { name, previousName, agent, sessionId }: Renamed) {
  return {
    type: "agent_sessions.renamed",
    name,
    previous_name: previousName,
    agent,
    session_id: sessionId,
    workspace,
  };
}

export function restoredRecord(workspace: string, restored: Restored) {
  const { name, agent, sessionId, previousSessionId } = restored;
  return {
    type: "agent_sessions.restored",
    name,
    agent,
    session_id: sessionId,
    previous_session_id: previousSessionId ?? null,
    workspace,
  };
}

export function movesRecord(workspace: string, { name, agent, moves }: Moves) {
  return {
    type: "agent_sessions.moves",
    name,
    agent,
    workspace,
    moves: moves.map(({ movesAgo, at, reason, entry, renamedFrom, renamedTo, isKept }) => ({
      moves_ago: movesAgo,
      at: at === "" ? null : at,
      reason,
      session_id: entry?.sessionId ?? null,
      model: entry?.lastModel ?? null,
      effort: entry?.lastEffort ?? null,
      renamed_from: renamedFrom ?? null,
      renamed_to: renamedTo ?? null,
      kept: isKept ?? null,
    })),
  };
}
