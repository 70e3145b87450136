import type { Collected } from "../../../app/gc/collection.ts";

export function gcRecord(isDryRun: boolean, collected: Collected) {
  return {
    type: "agent_sessions.collected",
    dry_run: isDryRun,
    turns: collected.turns,
    callers: collected.callers,
    litter: collected.litter,
    conversations: collected.sessions.length,
    freed_bytes: collected.freedBytes,
    removed: collected.sessions.map(({ agent, sessionId, lastUsedAt }) => ({
      agent,
      session_id: sessionId ?? null,
      last_used_at: lastUsedAt ?? null,
    })),
    skipped: collected.skipped,
  };
}
