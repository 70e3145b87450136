import { isSameScope, type NameScope } from "../../domain/names/name.ts";
import type { SessionKey } from "../../domain/session/session.ts";
import type { Context } from "../context.ts";
import { type ScopeTable, tablesOf, tablesOfAll } from "./tables.ts";

/** A name wherever it lives. */
export interface PlacedName {
  name: string;
  workspace: string;
}

/** All names of all conversations, wherever they live; those of one workspace come first. */
export class NamesOfSessions {
  private readonly names = new Map<string, PlacedName[]>();

  private constructor() {}

  static async of(context: Context, workspace: string): Promise<NamesOfSessions> {
    const found = new NamesOfSessions();
    const here: NameScope[] = [];
    const agents = context.agents.map(({ name }) => name);
    for await (const { scope, table } of tablesOf(context, workspace, agents)) {
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

function keyOf(agent: string, sessionId: string): string {
  return `${agent}\0${sessionId}`;
}
