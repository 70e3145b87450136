import type { WriterLockPlace } from "../../domain/agent/places.ts";
import type { OpenedWindow } from "../../stores/file/windows.ts";
import { findFiles } from "../../system/files/find.ts";
import { lockHolders } from "../../system/processes/flock-holders.ts";
import { isOfWindow } from "../conversation/windows.ts";

/** Finds which conversations are locked, and whether by one window of ours. */
export class LocksOfWindow {
  private readonly ours = new Map<number, boolean>();

  constructor(
    private readonly window: OpenedWindow,
    private readonly place: WriterLockPlace["all"],
  ) {}

  now(): Map<string, boolean> {
    const { root, folders, file, sessionIdOf } = this.place;
    const paths = findFiles(root, folders, (name) => file.test(name)).map(({ path }) => path);
    const holders = lockHolders(paths);
    const found = new Map<string, boolean>();
    for (const [path, pid] of holders) {
      const id = sessionIdOf(path);
      const isOurs = this.ours.get(pid) ?? isOfWindow(this.window, pid);
      this.ours.set(pid, isOurs);
      found.set(id, isOurs || found.get(id) === true);
    }
    return found;
  }
}
