import { dirname, join } from "node:path";
import type { Agent } from "../domain/agent.ts";
import type { NameEdit, NameEntry, NameScope, NameTable } from "../domain/name.ts";
import type { SessionKey } from "../domain/session.ts";
import type { SessionFolder, SessionStore } from "../domain/store.ts";
import type { StateHome } from "../system/state-home.ts";
import { MappingView, viewFolderName } from "./file/mapping-view.ts";
import { ScopeNames } from "./file/scope-names.ts";
import { FileSessionFolder } from "./file/session-folder.ts";

export interface FileStoreOptions {
  home: StateHome;
  /** The folder below which the workspaces' mapping files lie. */
  viewRoot: string;
  uid: number;
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

  async log(scope: NameScope): Promise<unknown[]> {
    const names = this.names(scope);
    // What other tools have changed is part of the log once it is taken over.
    await names.read();
    return names.lines();
  }

  update(scope: NameScope, change: (names: NameTable) => NameEdit[]): Promise<NameTable> {
    return this.names(scope).update(change);
  }

  session(key: SessionKey): SessionFolder {
    return new FileSessionFolder(key, this.options.home.sessionFolder(key), this.options.now);
  }

  /** Where the original scripts find the names of a scope. */
  mappingPath({ workspace, agent, mappingFile }: NameScope): string {
    const { viewRoot, findAgent } = this.options;
    return mappingFile ?? join(viewRoot, viewFolderName(workspace), findAgent(agent).mapping.fileName);
  }

  /** The mapping file of a scope, as it lies there. */
  view(scope: NameScope): MappingView {
    const { viewRoot, uid, findAgent } = this.options;
    const path = this.mappingPath(scope);
    return new MappingView({
      path,
      workspace: scope.workspace,
      shape: findAgent(scope.agent).mapping,
      // A mapping file that was asked for by its path is its owner's own affair.
      guarded: scope.mappingFile === undefined ? [viewRoot, dirname(path)] : [],
      uid,
    });
  }

  private names(scope: NameScope): ScopeNames {
    const { home, now, notify } = this.options;
    return new ScopeNames(home.namesFolder(scope), scope, this.view(scope), now, notify);
  }
}
