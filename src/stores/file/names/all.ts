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
import { TimesOfUse } from "./times-of-use.ts";

/** The names of a scope as our own files have them: no mapping file is read. */
export interface StoredLog {
  scope: NameScope;
  entries: NameEntry[];
  /** When a name was last moved or used, in milliseconds; minus infinity if that is unknown. */
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
    const movedMs = timeOf(values.findLast((value) => !Number.isNaN(timeOf(value))));
    const usedMs = new TimesOfUse(join(this.folder, "used.jsonl")).newestMs();
    const newestMs = Number.isNaN(movedMs) ? usedMs : Math.max(movedMs, usedMs);
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
