import type { AppError } from "../../domain/errors.ts";
import type { NameEdit, NameScope, NameTable } from "../../domain/names/name.ts";
import type { SessionKey, SessionRecord } from "../../domain/session/session.ts";
import type {
  FoundName,
  Glance,
  SessionFolder,
  SessionStore,
  TurnsOfConversation,
} from "../../domain/store.ts";
import type { Workspaces } from "./workspaces.ts";

/** A store that machines share, for commands that know the folders of this one. */
export class IdentifiedStore implements SessionStore {
  constructor(
    private readonly load: () => Promise<SessionStore>,
    private readonly workspaces: Workspaces,
  ) {}

  async find(scope: NameScope, name: string): Promise<FoundName> {
    return (await this.load()).find(this.shared(scope), name);
  }

  async list(scope: NameScope, signal?: AbortSignal | undefined): Promise<NameTable> {
    return (await this.load()).list(this.shared(scope), signal);
  }

  async log(scope: NameScope): Promise<readonly unknown[]> {
    return (await this.load()).log(this.shared(scope));
  }

  async update(
    scope: NameScope,
    change: (names: NameTable) => NameEdit[],
    signal?: AbortSignal | undefined,
  ): Promise<NameTable> {
    return (await this.load()).update(this.shared(scope), change, signal);
  }

  session(key: SessionKey): SessionFolder {
    const session = async () => (await this.load()).session(key);
    const { workspaces } = this;
    const here = (record: SessionRecord) => ({ ...record, workspace: workspaces.folderOf(record.workspace) });
    const shared = (record: SessionRecord) => ({ ...record, workspace: workspaces.idOf(record.workspace) });
    return {
      key,
      record: async () => {
        const record = await (await session()).record();
        return record && here(record);
      },
      saveRecord: async (record) => (await session()).saveRecord(shared(record)),
      changeRecord: async (change) =>
        (await session()).changeRecord((record) => shared(change(here(record)))),
      journal: {
        append: async (turn) => (await session()).journal.append(turn),
        read: async () => (await session()).journal.read(),
        last: async () => (await session()).journal.last(),
        size: async () => (await session()).journal.size(),
        find: async (turnId) => (await session()).journal.find(turnId),
        since: async (size) => (await session()).journal.since(size),
      },
      tally: {
        read: async () => (await session()).tally.read(),
        save: async (tally) => (await session()).tally.save(tally),
      },
      end: async (turn, { record, names } = {}) =>
        (await session()).end(turn, {
          record: record && shared(record),
          names: names && { ...names, scope: this.shared(names.scope) },
        }),
      unread: {
        set: async (turnId) => (await session()).unread.set(turnId),
        clear: async (turnId) => (await session()).unread.clear(turnId),
      },
      lock: {
        state: async () => (await session()).lock.state(),
        tryTake: async (turnId) => (await session()).lock.tryTake(turnId),
        changed: async (timeoutMs, signal) => (await session()).lock.changed(timeoutMs, signal),
      },
      queue: {
        waiting: async () => (await session()).queue.waiting(),
        before: async (arrival) => (await session()).queue.before(arrival),
        left: async (waiter, options) => (await session()).queue.left(waiter, options),
        join: async (waiter) => (await session()).queue.join(waiter),
      },
    };
  }

  async glances(agent: string, sessionIds: readonly string[]): Promise<Map<string, Glance>> {
    return (await this.load()).glances(agent, sessionIds);
  }

  async *scopes(onProblem: (error: AppError) => void): AsyncGenerator<NameScope> {
    for await (const scope of (await this.load()).scopes(onProblem))
      yield { ...scope, workspace: this.workspaces.folderOf(scope.workspace) };
  }

  async *sessions(): AsyncGenerator<SessionKey> {
    yield* (await this.load()).sessions();
  }

  async *turnsWith(
    query: Parameters<SessionStore["turnsWith"]>[0],
    onProblem: (error: AppError) => void,
  ): AsyncGenerator<TurnsOfConversation> {
    yield* (await this.load()).turnsWith(query, onProblem);
  }

  private shared(scope: NameScope): NameScope {
    return { ...scope, workspace: this.workspaces.idOf(scope.workspace) };
  }
}
