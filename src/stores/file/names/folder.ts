import { join } from "node:path";
import { replay, timeOf } from "../../../domain/names/log.ts";
import { asScope, type NameEntry, type NameScope } from "../../../domain/names/name.ts";
import { parseJson } from "../../../domain/parse-json.ts";
import { stateError } from "../../../system/errors.ts";
import { listFolders } from "../../../system/files/folder.ts";
import { AppendLog } from "../../../system/lines/append-log.ts";
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

/** The folder of one scope's names. It is found by its path: its scope may be unknown. */
export class NamesFolder {
  readonly logPath: string;
  readonly lock: GenerationLock;
  readonly uses: TimesOfUse;

  constructor(readonly path: string) {
    this.logPath = join(path, "log.jsonl");
    this.lock = new GenerationLock(join(path, "lock"));
    this.uses = new TimesOfUse(join(path, "used.jsonl"));
  }

  /** The log of the names. A new one needs the scope for its first line. */
  log(scope?: NameScope): AppendLog {
    return new AppendLog(this.logPath, { v: 1, kind: "names", ...scope });
  }

  /**
   * Returns the scope of the names; undefined where nothing was ever written. @throws AppError as `lines`
   * does.
   */
  scope(): NameScope | undefined {
    for (const line of readLines(this.logPath)) return this.scopeIn(parseJson(line));
    return undefined;
  }

  /**
   * Returns the scope and all lines of the log; undefined where nothing was ever written.
   *
   * @throws AppError when the log can't be read, is no name log, or is one of a newer version.
   */
  lines(): { scope: NameScope; lines: readonly unknown[] } | undefined {
    const { header, values, bytes } = this.log().read();
    return bytes === 0 ? undefined : { scope: this.scopeIn(header), lines: values };
  }

  /** Returns the names; undefined where nothing was ever written. @throws AppError as `lines` does. */
  read(): StoredLog | undefined {
    const found = this.lines();
    if (found === undefined) return undefined;
    const { scope, lines } = found;
    const movedMs = timeOf(lines.findLast((line) => !Number.isNaN(timeOf(line))));
    const usedMs = this.uses.newestMs();
    const newestMs = Number.isNaN(movedMs) ? usedMs : Math.max(movedMs, usedMs);
    return { scope, entries: [...replay(lines).entries.values()], newestMs };
  }

  private scopeIn(header: unknown): NameScope {
    const scope = asScope(header);
    if (scope !== undefined) return scope;
    throw stateError(new Error("its first line is not the first line of a name log"), "read", this.logPath);
  }
}

/** Returns the folders of all scopes of a state home. */
export function listNames(home: StateHome): NamesFolder[] {
  return listFolders(home.namesRoot).map((name) => new NamesFolder(join(home.namesRoot, name)));
}
