import { join } from "node:path";
import { maybe, object, type Read, sessionId, text } from "../../../domain/shape.ts";
import { stateError } from "../../../system/errors.ts";
import { listFolder, removeFile } from "../../../system/files/folder.ts";
import { readJson } from "../../../system/files/read.ts";
import { makeFolder, replaceFile } from "../../../system/files/write.ts";
import { asProcessIdentity, livenessOf } from "../../../system/processes/identity.ts";
import type { StateHome } from "../home.ts";

const asWait = object({
  /** Sorts as text by the time at which the wait began. */
  id: text,
  process: asProcessIdentity,
  /** The turn that is waited for; absent if the wait is for whatever keeps a conversation busy. */
  turnId: maybe(text),
  agent: maybe(text),
  sessionId: maybe(sessionId),
});

/** A command that waits, and so keeps the turns that it is part of from ending. */
export type Wait = Read<typeof asWait>;

/**
 * The waits of commands that turns have started: one file for each turn that a wait holds up, whose name
 * begins with the turn's id. A wait counts while its process lives. A wait from another machine or container
 * can't be judged, and is skipped.
 */
export class Waits {
  constructor(private readonly home: StateHome) {}

  /**
   * Adds a wait, and returns the function that removes it. Not forced to disk: a restart ends all waiting
   * processes.
   */
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

  /** Returns the waits that hold up a turn. */
  of(turnId: string): Wait[] {
    const folder = this.home.waitsFolder;
    const names = listFolder(folder).filter((name) => name.startsWith(`${turnId}.`));
    return names.flatMap((name) => this.look(name) ?? []);
  }

  private look(name: string): Wait | undefined {
    const path = join(this.home.waitsFolder, name);
    const wait = asWait(readJson(path)?.value);
    if (wait === undefined) return undefined;
    const liveness = livenessOf(wait.process);
    if (liveness === "gone") removeFile(path);
    return liveness === "alive" ? wait : undefined;
  }

  /** Deletes the waits of commands that were killed. */
  private sweep(): void {
    for (const name of listFolder(this.home.waitsFolder)) if (!name.startsWith(".")) this.look(name);
  }
}
