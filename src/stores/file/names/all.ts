import { join } from "node:path";
import type { AppError } from "../../../domain/errors.ts";
import { replay, timeOf } from "../../../domain/names/log.ts";
import { asScope, type NameEntry, type NameScope } from "../../../domain/names/name.ts";
import { stateError } from "../../../system/errors.ts";
import { listFolders } from "../../../system/files/folder.ts";
import { AppendLog } from "../../../system/lines/append-log.ts";
import { parseJson } from "../../../system/lines/json.ts";
import { readLines } from "../../../system/lines/read.ts";
import { GenerationLock } from "../../../system/locks/generation-lock.ts";
import type { StateHome } from "../home.ts";

/** The content of a name log alone: no mapping file is read. */
export interface StoredLog {
  scope: NameScope;
  entries: NameEntry[];
  /** When its newest line was written, in milliseconds; NaN where it has none. */
  newestMs: number;
}

/** The names of one scope on disk, found by their folder. */
export class StoredNames {
  readonly logPath: string;
  readonly lock: GenerationLock;

  constructor(readonly folder: string) {
    this.logPath = join(folder, "log.jsonl");
    this.lock = new GenerationLock(join(folder, "lock"));
  }

  /**
   * Returns the scope of the names; undefined where nothing was ever written. @throws AppError as `read`
   * does.
   */
  scope(): NameScope | undefined {
    for (const line of readLines(this.logPath)) {
      const scope = asScope(parseJson(line));
      if (scope !== undefined) return scope;
      throw this.isNoLog();
    }
    return undefined;
  }

  /**
   * Returns the content of the log; undefined where nothing was ever written.
   *
   * @throws AppError when the log can't be read, is no name log, or is one of a newer version.
   */
  read(): StoredLog | undefined {
    const { header, values, bytes } = new AppendLog(this.logPath, { v: 1, kind: "names" }).read();
    if (bytes === 0) return undefined;
    const scope = asScope(header);
    if (scope === undefined) throw this.isNoLog();
    const newestMs = timeOf(values.findLast((value) => !Number.isNaN(timeOf(value))));
    return { scope, entries: [...replay(values).entries.values()], newestMs };
  }

  private isNoLog(): AppError {
    return stateError(new Error("its first line is not that of a name log"), "read", this.logPath);
  }
}

/** Returns the names of all scopes of a state home. */
export function listStoredNames(home: StateHome): StoredNames[] {
  return listFolders(home.namesRoot).map((name) => new StoredNames(join(home.namesRoot, name)));
}
