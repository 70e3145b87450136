import type { NameScope, NameTable } from "../../domain/names/name.ts";
import { type RemovedName, removedNames } from "../../domain/names/removed.ts";
import { entrySince } from "../../domain/names/renames.ts";
import type { SessionKey } from "../../domain/session/session.ts";
import type { Context } from "../context.ts";
import { ownKeysOf } from "../conversation/lineage.ts";

/** What continues a conversation: its name, what brings back its removed name, or a new name. */
export interface LastName {
  /** The name, or the last one that it had; absent if it never had one. */
  name?: string | undefined;
  /** Whether no name leads to the conversation any more. */
  isRemoved: boolean;
  /** What to do, as the surface words it. */
  next: string;
}

interface Names {
  table: NameTable;
  /** By session id. */
  byId: ReadonlyMap<string, string>;
  /** Read when they are needed: most names are there. */
  removed(): Promise<readonly RemovedName[]>;
}

/** Finds the names that lead to conversations. Reads the names of a folder once. */
export class LastNames {
  private readonly known = new Map<string, Promise<Names>>();

  constructor(private readonly context: Context) {}

  /** @param name the name that a turn of the conversation was sent to */
  async of(key: SessionKey, workspace: string, name: string | undefined): Promise<LastName> {
    const { wording } = this.context;
    const { agent, sessionId } = key;
    const names = await this.namesOf({ agent, workspace });
    const now = await this.nameNow(names, key, name);
    if (now !== undefined) {
      const which = (await this.isShared(now, agent, workspace)) ? agent : undefined;
      const next = wording.step("send", { name: now, agent: which, workspace });
      return { name: now, isRemoved: false, next };
    }
    const gone = await this.removedName(names, key, name);
    if (gone !== undefined)
      return { name: gone, isRemoved: true, next: wording.step("restore", { name: gone, agent, workspace }) };
    const next = wording.step("adopt", { name: "NAME", sessionId, agent, workspace });
    return { name, isRemoved: name !== undefined, next };
  }

  private async nameNow({ table, byId }: Names, key: SessionKey, name: string | undefined) {
    const direct = byId.get(key.sessionId);
    const entry = name === undefined ? undefined : entrySince(table, name, key.sessionId);
    if (entry === undefined || entry.sessionId === key.sessionId) return entry?.name ?? direct;
    // A name that was given to another conversation does not lead to this one any more.
    return (await this.comesFrom(entry.sessionId, key)) ? entry.name : direct;
  }

  private async removedName(names: Names, key: SessionKey, name: string | undefined) {
    const removed = await names.removed();
    const direct = removed.find(({ entry }) => entry.sessionId === key.sessionId);
    if (direct !== undefined) return direct.name;
    const same = removed.find((one) => one.name === name);
    return same !== undefined && (await this.comesFrom(same.entry.sessionId, key)) ? same.name : undefined;
  }

  /** Whether a conversation has gone on as this one, by `/clear` or otherwise. */
  private async comesFrom(sessionId: string, { agent, sessionId: earlier }: SessionKey): Promise<boolean> {
    const line = await ownKeysOf(this.context, { agent, sessionId });
    return line.some((one) => one.sessionId === earlier);
  }

  /** Whether another agent has a conversation of this name in the folder. */
  private async isShared(name: string, agent: string, workspace: string): Promise<boolean> {
    for (const other of this.context.agents) {
      if (other.name === agent) continue;
      const { entry } = await this.context.store.find({ agent: other.name, workspace }, name);
      if (entry !== undefined) return true;
    }
    return false;
  }

  private namesOf(scope: NameScope): Promise<Names> {
    const id = `${scope.agent}\0${scope.workspace}`;
    const found = this.known.get(id) ?? this.read(scope);
    this.known.set(id, found);
    return found;
  }

  private async read(scope: NameScope): Promise<Names> {
    const { store } = this.context;
    const table = await store.list(scope);
    const byId = new Map(Array.from(table.entries.values(), ({ sessionId, name }) => [sessionId, name]));
    return { table, byId, removed: async () => removedNames(await store.log(scope)) };
  }
}
