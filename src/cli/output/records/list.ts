import type { ListedName, Listing } from "../../../app/list.ts";
import { isoTime } from "../../../domain/iso-time.ts";
import { busyWindowRecord } from "./window.ts";

/** `workspace` is null for all of them. */
export function listRecord(workspace: string | undefined, listing: Listing) {
  return {
    type: "agent_sessions.list",
    workspace: workspace ?? null,
    count: listing.names.length,
    total: listing.total,
    names: listing.names.map(nameRecord),
    creating: listing.creating,
  };
}

function nameRecord({ entry, agent, workspace, isGone, busySince, window }: ListedName) {
  return {
    name: entry.name,
    agent,
    workspace,
    workspace_is_gone: isGone,
    session_id: entry.sessionId,
    created_at: isoTime(entry.createdAt) ?? null,
    last_used_at: entry.usedAt ?? null,
    model: entry.lastModel ?? null,
    effort: entry.lastEffort ?? null,
    busy_since: busySince ?? window?.since ?? null,
    window: window === undefined ? null : busyWindowRecord(window),
  };
}
