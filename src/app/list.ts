import type { NameEntry } from "../domain/name.ts";
import { requireFolder } from "../system/workspace.ts";
import type { Context } from "./context.ts";
import { type RunningTurn, sessionIdOf, settleScope } from "./settle.ts";

export interface ListedName {
  entry: NameEntry;
  agent: string;
  /** Since when a turn runs in the conversation; absent when none does. ISO 8601. */
  busySince?: string;
}

export interface Listing {
  names: ListedName[];
  /** Names whose conversation has no id yet. */
  creating: { name: string; agent: string; since: string }[];
}

/** The names of a workspace, those used last first. */
export async function list(
  context: Context,
  request: { workspace: string; agent?: string | undefined },
): Promise<Listing> {
  const agents = request.agent === undefined ? context.agents : [context.findAgent(request.agent)];
  const listing: Listing = { names: [], creating: [] };
  for (const { name: agent } of agents) {
    const scope = { workspace: request.workspace, agent };
    const running = await settleScope(context, scope);
    const since = new Map(running.map((turn) => [sessionIdOf(turn), turn.plan.startedAt]));
    for (const entry of (await context.store.list(scope)).entries.values()) {
      const busySince = since.get(entry.sessionId);
      listing.names.push(busySince === undefined ? { entry, agent } : { entry, agent, busySince });
    }
    listing.creating.push(
      ...running
        .filter(isUnnamed)
        .map(({ plan }) => ({ name: plan.name ?? "", agent, since: plan.startedAt })),
    );
  }
  if (listing.names.length === 0 && listing.creating.length === 0) requireFolder(request.workspace);
  listing.names.sort(
    (left, right) => compare(usedAt(right), usedAt(left)) || compare(left.entry.name, right.entry.name),
  );
  return listing;
}

function isUnnamed(turn: RunningTurn): boolean {
  return sessionIdOf(turn) === undefined;
}

function usedAt({ entry }: ListedName): string {
  return entry.usedAt ?? entry.createdAt ?? "";
}

function compare(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}
