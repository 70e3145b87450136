import { AppError } from "../../domain/errors.ts";
import type { NameEntry, NameScope } from "../../domain/names/name.ts";
import { digest } from "../../stores/file/home.ts";
import { listNames, type NamesFolder, type StoredLog } from "../../stores/file/names/folder.ts";
import { FileStore } from "../../stores/file/store.ts";
import type { Context } from "../context.ts";

export interface NamedSession {
  scope: NameScope;
  entry: NameEntry;
}

/** The state that the checks examine, read once for all of them. */
export class ExaminedState {
  /** The name logs that could be read. */
  readonly logs: StoredLog[] = [];
  /** Why the others could not be read. */
  readonly broken: AppError[] = [];
  readonly names: readonly NamesFolder[];

  constructor(
    readonly context: Context,
    readonly uid: number,
    readonly platform: string,
    /** Whether to repair what can be repaired without a question. */
    readonly isFixing: boolean,
    /** Finds the user's other state homes. */
    readonly others: (own: string) => string[],
  ) {
    this.names = listNames(context.home);
    for (const names of this.names) {
      try {
        const log = names.read();
        if (log !== undefined) this.logs.push(log);
      } catch (error) {
        if (!(error instanceof AppError)) throw error;
        this.broken.push(error);
      }
    }
  }

  get store(): FileStore {
    const { store } = this.context;
    if (!(store instanceof FileStore)) throw new Error("there are no files to look at");
    return store;
  }

  named(): NamedSession[] {
    return this.logs.flatMap(({ scope, entries }) => entries.map((entry) => ({ scope, entry })));
  }

  /** Returns a name of the conversation whose folder has this digest. */
  nameOf(sessionDigest: string): NamedSession | undefined {
    this.byDigest ??= new Map(this.named().map((one) => [digest(one.entry.sessionId), one]));
    return this.byDigest.get(sessionDigest);
  }

  private byDigest: Map<string, NamedSession> | undefined;
}
