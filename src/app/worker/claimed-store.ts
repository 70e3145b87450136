import type { AppError } from "../../domain/errors.ts";
import type { NameEdit, NameScope, NameTable } from "../../domain/names/name.ts";
import type { SessionKey, SessionRecord, TranscriptState, TurnEnded } from "../../domain/session/session.ts";
import type {
  AfterTurn,
  FoundName,
  Glance,
  SessionFolder,
  SessionStore,
  TurnsOfConversation,
} from "../../domain/store.ts";

/** What a worker's store does with the turn that it has claimed. */
export interface ClaimHooks {
  /** Returns the conversation's transcript as it was brought to this machine; undefined if there is none. */
  here(key: SessionKey): TranscriptState | undefined;
  /** The workspace's folder on this machine, and what it is called everywhere. */
  workspace: { folder: string; id: string };
  /** Called before anything is written down of a conversation that the turn has begun. */
  begins(key: SessionKey): Promise<void>;
  /** Records the end of the turn. */
  end(key: SessionKey, turn: TurnEnded, after: AfterTurn): Promise<void>;
}

/**
 * The store of a worker while it runs one turn: names, records and journals are those of all machines; locks and queues
 * those of this one, which has the conversation for itself; and the end of the turn is the end of the claim.
 */
export class ClaimedStore implements SessionStore {
  constructor(
    private readonly shared: SessionStore,
    private readonly local: SessionStore,
    private readonly hooks: ClaimHooks,
  ) {}

  find(scope: NameScope, name: string): Promise<FoundName> {
    return this.shared.find(scope, name);
  }

  list(scope: NameScope, signal?: AbortSignal | undefined): Promise<NameTable> {
    return this.shared.list(scope, signal);
  }

  log(scope: NameScope): Promise<readonly unknown[]> {
    return this.shared.log(scope);
  }

  update(
    scope: NameScope,
    change: (names: NameTable) => NameEdit[],
    signal?: AbortSignal | undefined,
  ): Promise<NameTable> {
    return this.shared.update(scope, change, signal);
  }

  session(key: SessionKey): SessionFolder {
    const { hooks } = this;
    const shared = this.shared.session(key);
    const { lock, queue } = this.local.session(key);
    const localRecord = (record: SessionRecord): SessionRecord => {
      const { seen, ...others } = record;
      const transcript = hooks.here(key);
      return {
        ...others,
        workspace: record.workspace === hooks.workspace.id ? hooks.workspace.folder : record.workspace,
        ...(seen === undefined || transcript === undefined ? {} : { seen: { ...seen, transcript } }),
      };
    };
    const sharedRecord = (record: SessionRecord): SessionRecord => ({
      ...record,
      workspace: record.workspace === hooks.workspace.folder ? hooks.workspace.id : record.workspace,
    });
    const localTurn = (turn: TurnEnded): TurnEnded => {
      const { transcript: _, program: _program, ...others } = turn;
      const transcript = hooks.here(key);
      return transcript === undefined ? others : { ...others, transcript };
    };
    return {
      key,
      lock,
      queue,
      unread: shared.unread,
      tally: shared.tally,
      record: async () => {
        const record = await shared.record();
        return record && localRecord(record);
      },
      saveRecord: async (record) => {
        await hooks.begins(key);
        await shared.saveRecord(sharedRecord(record));
      },
      changeRecord: (change) => shared.changeRecord((record) => sharedRecord(change(localRecord(record)))),
      journal: {
        ...shared.journal,
        append: (turn) => hooks.end(key, turn, {}),
        read: async () => (await shared.journal.read()).map(localTurn),
        last: async () => {
          const last = await shared.journal.last();
          return last && localTurn(last);
        },
        find: async (turnId) => {
          const found = await shared.journal.find(turnId);
          return found && localTurn(found);
        },
      },
      end: (turn, { record, names } = {}) =>
        hooks.end(key, turn, { record: record && sharedRecord(record), names }),
    };
  }

  glances(agent: string, sessionIds: readonly string[]): Promise<Map<string, Glance>> {
    return this.shared.glances(agent, sessionIds);
  }

  scopes(onProblem: (error: AppError) => void): AsyncIterable<NameScope> {
    return this.shared.scopes(onProblem);
  }

  sessions(): AsyncIterable<SessionKey> {
    return this.shared.sessions();
  }

  turnsWith(
    query: Parameters<SessionStore["turnsWith"]>[0],
    onProblem: (error: AppError) => void,
  ): AsyncIterable<TurnsOfConversation> {
    return this.shared.turnsWith(query, onProblem);
  }
}
