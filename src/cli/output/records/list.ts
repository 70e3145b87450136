import type { ListedName, Listing } from "../../../app/names/list.ts";
import { isoTime } from "../../../domain/iso-time.ts";
import { busyWindowRecord } from "./window.ts";

/** `workspace` is null for all workspaces. With `parents`, each name has the name that it was forked from. */
export function listRecord(
  workspace: string | undefined,
  listing: Listing,
  parents?: ReadonlyMap<ListedName, ListedName>,
) {
  return {
    type: "agent_sessions.list",
    workspace: workspace ?? null,
    count: listing.names.length,
    total: listing.total,
    names: listing.names.map((listed) => ({
      ...nameRecord(listed),
      ...(parents === undefined ? {} : { parent: parentRecord(parents.get(listed)) }),
    })),
    creating: listing.creating,
  };
}

function parentRecord(parent: ListedName | undefined) {
  if (parent === undefined) return null;
  const { entry, workspace } = parent;
  return { name: entry.name, workspace, session_id: entry.sessionId };
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
