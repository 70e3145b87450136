import { join } from "node:path";
import { asScope, type NameScope } from "../../domain/names/name.ts";
import { literal, maybe, object, type Shape, sessionId, text } from "../../domain/shape.ts";
import { stateError } from "../../system/errors.ts";
import { listFolder, removeFile } from "../../system/files/folder.ts";
import { removeTree } from "../../system/files/tree.ts";
import { createFile, makeFolder, readFileIfAny, replaceFile } from "../../system/files/write.ts";
import { parseJson } from "../../system/lines/json.ts";
import { asProcessIdentity, livenessOf, type ProcessIdentity } from "../../system/processes/identity.ts";
import type { StateHome } from "./home.ts";

/** A window of an agent that a command of ours has opened, and holds the conversation's lock for. */
export interface OpenedWindow {
  v: 1;
  id: string;
  scope: NameScope;
  name: string;
  sessionId: string;
  /** The command, which goes when the window is closed. */
  process: ProcessIdentity;
  /** ISO 8601. */
  since: string;
  /** The conversation that it has gone on in; absent while that is the one it was opened for. */
  wentOnIn?: string;
}

const asWindow: Shape<OpenedWindow> = object({
  v: literal(1),
  id: text,
  scope: asScope,
  name: text,
  sessionId,
  process: asProcessIdentity,
  since: text,
  wentOnIn: maybe(sessionId),
});

const RECORD = ".json";
const ROLE = "role.md";

/** The windows that are open. One whose command is gone is forgotten by whoever looks next. */
export class OpenedWindows {
  constructor(private readonly home: StateHome) {}

  /** Where the role of a window lies while it is open, for the agent to read. */
  rolePath(id: string): string {
    return join(this.folder(id), ROLE);
  }

  /** With the files that the agent reads beside its role. Not forced to disk: a restart closes all windows. */
  add(
    window: OpenedWindow,
    roleText: string | undefined,
    files: Readonly<Record<string, string>> | undefined,
  ): void {
    const folder = this.folder(window.id);
    const all = { ...files, ...(roleText === undefined ? {} : { [ROLE]: roleText }) };
    try {
      makeFolder(folder);
      for (const [name, text] of Object.entries(all)) createFile(join(folder, name), text, { sync: false });
      this.save(window);
    } catch (error) {
      throw stateError(error, "write", folder);
    }
  }

  save(window: OpenedWindow): void {
    replaceFile(this.recordPath(window.id), JSON.stringify(window), { sync: false });
  }

  remove(id: string): void {
    removeTree(this.folder(id));
    removeFile(this.recordPath(id));
  }

  list(): OpenedWindow[] {
    return listFolder(this.home.windowsFolder).flatMap((name) => {
      if (name.startsWith(".") || !name.endsWith(RECORD)) return [];
      const id = name.slice(0, -RECORD.length);
      const bytes = readFileIfAny(this.recordPath(id));
      const window = bytes === undefined ? undefined : asWindow(parseJson(bytes));
      if (window === undefined) return [];
      if (livenessOf(window.process) !== "gone") return [window];
      this.remove(id);
      return [];
    });
  }

  private folder(id: string): string {
    return join(this.home.windowsFolder, id);
  }

  private recordPath(id: string): string {
    return join(this.home.windowsFolder, `${id}${RECORD}`);
  }
}
