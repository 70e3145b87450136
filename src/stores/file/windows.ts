import { join } from "node:path";
import { asScope, type NameScope } from "../../domain/names/name.ts";
import { literal, maybe, object, type Shape, sessionId, text } from "../../domain/shape.ts";
import { stateError } from "../../system/errors.ts";
import { listFolder, removeFile } from "../../system/files/folder.ts";
import { readJson } from "../../system/files/read.ts";
import { removeTree } from "../../system/files/tree.ts";
import { createFile, makeFolder, replaceFile } from "../../system/files/write.ts";
import { asProcessIdentity, livenessOf, type ProcessIdentity } from "../../system/processes/identity.ts";
import type { StateHome } from "./home.ts";

/** An agent's window that a command of ours has opened. The command holds the conversation's lock for it. */
export interface OpenedWindow {
  v: 1;
  id: string;
  scope: NameScope;
  name: string;
  sessionId: string;
  /** The command, which ends when the window is closed. */
  process: ProcessIdentity;
  /** ISO 8601. */
  since: string;
  /** The conversation in which the window went on; absent while it is the one it was opened for. */
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

/** The windows that are open. `list` deletes a window whose command is gone. */
export class OpenedWindows {
  constructor(private readonly home: StateHome) {}

  /** Returns the folder of the files that the agent reads while the window is open. */
  folder(id: string): string {
    return join(this.home.windowsFolder, id);
  }

  rolePath(id: string): string {
    return join(this.folder(id), ROLE);
  }

  /**
   * Adds a window with its role and the other files that the agent reads. Not forced to disk: a restart
   * closes all windows.
   */
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
      const window = asWindow(readJson(this.recordPath(id))?.value);
      if (window === undefined) return [];
      if (livenessOf(window.process) !== "gone") return [window];
      this.remove(id);
      return [];
    });
  }

  private recordPath(id: string): string {
    return join(this.home.windowsFolder, `${id}${RECORD}`);
  }
}
