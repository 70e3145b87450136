import { dirname, join } from "node:path";
import type { Agent } from "../../domain/agent/agent.ts";
import { AppError } from "../../domain/errors.ts";
import type { NameEdit, NameScope, NameTable } from "../../domain/names/name.ts";
import type { SessionKey } from "../../domain/session/session.ts";
import type {
  FoundName,
  Glance,
  SessionFolder,
  SessionStore,
  TurnsOfConversation,
} from "../../domain/store.ts";
import type { SeenLogs } from "../../system/lines/seen-logs.ts";
import type { StateHome } from "./home.ts";
import { listNames, NamesFolder } from "./names/folder.ts";
import { NameLog } from "./names/log.ts";
import { MappingView, viewFolderName } from "./names/mapping-file.ts";
import { SyncedNames } from "./names/synced.ts";
import { FileSessionFolder } from "./sessions/folder.ts";
import { turnsWith } from "./sessions/scan.ts";
import { glancesAt, listStoredSessions } from "./sessions/stored.ts";

export interface FileStoreOptions {
  home: StateHome;
  /** The folder below which the workspaces' mapping files lie. */
  viewRoot: string;
  uid: number;
  findAgent(name: string): Agent;
  now(): Date;
  /** Called with one sentence for people when something was repaired, or could not be. */
  notify(message: string): void;
  /** Whether what a mapping file adds is shown, and not saved. Default: false. */
  onlyLooks?: boolean;
  /** What was read of journals; absent for a process that reads each once. */
  seen?: SeenLogs | undefined;
}

/**
 * Names and conversations as files on this machine; the names are shared with the original scripts through
 * mapping files.
 */
export class FileStore implements SessionStore {
  /** By scope: an object that reads its names only once. */
  private readonly logs = new Map<string, NameLog>();

  constructor(private readonly options: FileStoreOptions) {}

  find(scope: NameScope, name: string): Promise<FoundName> {
    return this.names(scope).find(name);
  }

  list(scope: NameScope, signal?: AbortSignal | undefined): Promise<NameTable> {
    return this.names(scope).read(signal);
  }

  log(scope: NameScope): Promise<readonly unknown[]> {
    return this.names(scope).history();
  }

  update(
    scope: NameScope,
    change: (names: NameTable) => NameEdit[],
    signal?: AbortSignal | undefined,
  ): Promise<NameTable> {
    return this.names(scope).update(change, signal);
  }

  session(key: SessionKey): SessionFolder {
    const { home, now } = this.options;
    return new FileSessionFolder(key, home, now, async ({ scope, change, used }) => {
      if (used === undefined || !(await this.names(scope).use(used))) await this.update(scope, change);
    });
  }

  async glances(agent: string, sessionIds: readonly string[]): Promise<Map<string, Glance>> {
    return glancesAt(this.options.home, agent, sessionIds, this.options.seen);
  }

  async *scopes(onProblem: (error: AppError) => void): AsyncGenerator<NameScope> {
    for (const names of listNames(this.options.home)) {
      try {
        const scope = names.scope();
        if (scope !== undefined) yield scope;
      } catch (error) {
        if (!(error instanceof AppError)) throw error;
        onProblem(error);
      }
    }
  }

  async *sessions(): AsyncGenerator<SessionKey> {
    for (const session of listStoredSessions(this.options.home)) {
      // A folder without a valid record is being deleted.
      const key = session.key();
      if (key !== undefined) yield key;
    }
  }

  async *turnsWith(
    query: Parameters<SessionStore["turnsWith"]>[0],
    onProblem: (error: AppError) => void,
  ): AsyncGenerator<TurnsOfConversation> {
    yield* turnsWith(this.options.home, query, onProblem);
  }

  /** The folder that holds the folders of all mapping files. */
  get viewRoot(): string {
    return this.options.viewRoot;
  }

  /**
   * Returns the path at which the original scripts find the names of a scope; undefined for an agent without
   * a mapping file.
   */
  mappingPath({ workspace, agent, mappingFile }: NameScope): string | undefined {
    const { viewRoot, findAgent } = this.options;
    const { mapping } = findAgent(agent);
    if (mapping === undefined) return undefined;
    return mappingFile ?? join(viewRoot, viewFolderName(workspace), mapping.fileName);
  }

  /** Returns the mapping file of a scope, as it is on disk. */
  view(scope: NameScope): MappingView | undefined {
    const { viewRoot, uid, findAgent } = this.options;
    const { mapping: shape } = findAgent(scope.agent);
    const path = this.mappingPath(scope);
    if (shape === undefined || path === undefined) return undefined;
    return new MappingView({
      path,
      workspace: scope.workspace,
      shape,
      // A mapping file that was chosen by its path is its owner's responsibility.
      guarded: scope.mappingFile === undefined ? [viewRoot, dirname(path)] : [],
      uid,
    });
  }

  private names(scope: NameScope): NameLog {
    const { home, now, notify, onlyLooks } = this.options;
    const key = JSON.stringify([scope.workspace, scope.agent, scope.mappingFile]);
    const known = this.logs.get(key);
    if (known !== undefined) return known;
    const folder = new NamesFolder(home.namesFolder(scope));
    const view = this.view(scope);
    const names =
      view === undefined
        ? new NameLog(folder, scope, now)
        : new SyncedNames(folder, scope, view, now, notify, onlyLooks);
    this.logs.set(key, names);
    return names;
  }
}
