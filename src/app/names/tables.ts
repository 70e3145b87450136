import { AppError } from "../../domain/errors.ts";
import { isSameScope, type NameScope, type NameTable } from "../../domain/names/name.ts";
import type { SessionKey } from "../../domain/session/session.ts";
import type { Context } from "../context.ts";

export interface ScopeTable {
  scope: NameScope;
  table: NameTable;
}

/** Yields the names of some agents in some workspaces. */
export async function* tablesOf(
  context: Context,
  workspaces: readonly string[],
  agents: readonly string[],
): AsyncGenerator<ScopeTable> {
  for (const workspace of workspaces) {
    for (const agent of agents) {
      const scope = { workspace, agent };
      yield { scope, table: await context.store.list(scope) };
    }
  }
}

/** Yields the names of all selected scopes. Notifies about those that can't be read, and leaves them out. */
export async function* tablesOfAll(
  context: Context,
  isMeant: (scope: NameScope) => boolean,
): AsyncGenerator<ScopeTable> {
  const leaveOut = (error: unknown) => {
    if (!(error instanceof AppError)) throw error;
    context.notify(`Some names are not shown. ${error.message}`);
  };
  for await (const scope of context.store.scopes(leaveOut)) {
    if (!isMeant(scope)) continue;
    const table = await context.store.list(scope).catch(leaveOut);
    if (table !== undefined) yield { scope, table };
  }
}

/** A name with its workspace. */
export interface PlacedName {
  name: string;
  workspace: string;
}

/** All names of all conversations, in all workspaces; those of one workspace come first. */
export class NamesOfSessions {
  private readonly names = new Map<string, PlacedName[]>();

  private constructor() {}

  static async of(context: Context, workspace: string): Promise<NamesOfSessions> {
    const found = new NamesOfSessions();
    const here: NameScope[] = [];
    const agents = context.agents.map(({ name }) => name);
    for await (const { scope, table } of tablesOf(context, [workspace], agents)) {
      here.push(scope);
      found.add({ scope, table });
    }
    const isElsewhere = (scope: NameScope) => !here.some((one) => isSameScope(one, scope));
    for await (const one of tablesOfAll(context, isElsewhere)) found.add(one);
    return found;
  }

  of({ agent, sessionId }: SessionKey): readonly PlacedName[] {
    return this.names.get(keyOf(agent, sessionId)) ?? [];
  }

  private add({ scope: { agent, workspace }, table }: ScopeTable): void {
    for (const { name, sessionId } of table.entries.values()) {
      const key = keyOf(agent, sessionId);
      this.names.set(key, [...(this.names.get(key) ?? []), { name, workspace }]);
    }
  }
}

/** Returns one text for a conversation. */
export function keyOf(agent: string, sessionId: string | undefined): string {
  return `${agent}\0${sessionId}`;
}
