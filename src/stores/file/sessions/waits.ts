import { join } from "node:path";
import { maybe, object, type Read, sessionId, text } from "../../../domain/shape.ts";
import { stateError } from "../../../system/errors.ts";
import { listFolder, removeFile } from "../../../system/files/folder.ts";
import { makeFolder, readFileIfAny, replaceFile } from "../../../system/files/write.ts";
import { parseJson } from "../../../system/lines/json.ts";
import { asProcessIdentity, livenessOf } from "../../../system/processes/identity.ts";
import type { StateHome } from "../home.ts";

const asWait = object({
  /** Sorts as text by the moment at which the wait began. */
  id: text,
  process: asProcessIdentity,
  /** The turn that is waited for; otherwise it is whatever keeps a conversation busy. */
  turnId: maybe(text),
  agent: maybe(text),
  sessionId: maybe(sessionId),
});

/** A command that waits, and by that keeps the turns from ending that it is part of. */
export type Wait = Read<typeof asWait>;

/**
 * What turns wait for by the commands that they have started: a file for each turn that a wait holds up, whose name
 * begins with the turn's id. A wait counts while its process lives. One from another machine or container can't be
 * judged, and is passed over.
 */
export class Waits {
  constructor(private readonly home: StateHome) {}

  /** Not forced to disk: a restart ends everybody who waits. Returns how to take it away. */
  add(wait: Wait, heldUp: readonly string[]): () => void {
    const folder = this.home.waitsFolder;
    const paths = heldUp.map((turnId) => join(folder, `${turnId}.${wait.id}`));
    try {
      makeFolder(folder);
      this.sweep();
      for (const path of paths) replaceFile(path, JSON.stringify({ v: 1, ...wait }), { sync: false });
    } catch (error) {
      throw stateError(error, "write", folder);
    }
    return () => {
      for (const path of paths) removeFile(path);
    };
  }

  /** The waits that hold a turn up. */
  of(turnId: string): Wait[] {
    const folder = this.home.waitsFolder;
    const names = listFolder(folder).filter((name) => name.startsWith(`${turnId}.`));
    return names.flatMap((name) => this.look(name) ?? []);
  }

  private look(name: string): Wait | undefined {
    const path = join(this.home.waitsFolder, name);
    const bytes = readFileIfAny(path);
    const wait = bytes === undefined ? undefined : asWait(parseJson(bytes));
    if (wait === undefined) return undefined;
    const liveness = livenessOf(wait.process);
    if (liveness === "gone") removeFile(path);
    return liveness === "alive" ? wait : undefined;
  }

  /** Takes away what commands have left that were killed. */
  private sweep(): void {
    for (const name of listFolder(this.home.waitsFolder)) if (!name.startsWith(".")) this.look(name);
  }
}
