import type { Agent } from "../domain/agent.ts";
import type { NameEdit, NameEntry, NameScope, NameTable } from "../domain/name.ts";
import type { SessionKey } from "../domain/session.ts";
import type { SessionFolder, SessionStore } from "../domain/store.ts";
import type { StateHome } from "../system/state-home.ts";
import { MappingView } from "./file/mapping-view.ts";
import { ScopeNames } from "./file/scope-names.ts";
import { FileSessionFolder } from "./file/session-folder.ts";

export interface FileStoreOptions {
  home: StateHome;
  /** The folder below which mapping files lie. */
  viewRoot: string;
  findAgent(name: string): Agent;
  now(): Date;
  /** Called with one sentence for people when something was mended or could not be. */
  notify(message: string): void;
}

/** Names and conversations as files of this machine, shared with the original scripts' mapping files. */
export class FileStore implements SessionStore {
  constructor(private readonly options: FileStoreOptions) {}

  async get(scope: NameScope, name: string): Promise<NameEntry | undefined> {
    return (await this.list(scope)).entries.get(name);
  }

  list(scope: NameScope): Promise<NameTable> {
    return this.names(scope).read();
  }

  update(scope: NameScope, change: (names: NameTable) => NameEdit[]): Promise<NameTable> {
    return this.names(scope).update(change);
  }

  session(key: SessionKey): SessionFolder {
    return new FileSessionFolder(key, this.options.home.sessionFolder(key), this.options.now);
  }

  private names(scope: NameScope): ScopeNames {
    const { home, viewRoot, findAgent, now, notify } = this.options;
    const view = new MappingView(viewRoot, scope.workspace, findAgent(scope.agent).mapping);
    return new ScopeNames(home.namesFolder(scope), scope, view, now, notify);
  }
}
