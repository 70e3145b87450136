import { lstatSync, readdirSync, statSync } from "node:fs";
import { errnoOf } from "../errors.ts";
import { livenessOf, type ProcessIdentity } from "./identity.ts";
import { findTree, type Tree } from "./tree.ts";

/** The permission bit of a descriptor's link in `/proc` that is set if the file was opened for writing. */
const MAY_WRITE = 0o200;

/**
 * The processes of a tree that can still write to a file, because they have it open for writing. Without
 * `/proc`, every process of the tree that is found counts.
 */
export class FileWriters {
  private known: ProcessIdentity[] = [];

  constructor(
    private readonly tree: Tree,
    private readonly path: string,
  ) {}

  /**
   * Returns the writers that are left. Searches the machine's processes only when none of the known writers
   * is left.
   */
  left(): ProcessIdentity[] {
    // A search is not atomic: a process that forks and ends during it can be missed once.
    for (let look = 0; look < 2 && this.leftOfThese().length === 0; look += 1)
      this.known = findTree(this.tree);
    return this.leftOfThese();
  }

  /** Returns the known writers that are left. */
  leftOfThese(): ProcessIdentity[] {
    const file = this.known.length === 0 ? undefined : idOf(this.path);
    this.known = this.known.filter((one) => livenessOf(one) === "alive" && mayWrite(one.pid, file));
    return this.known;
  }
}

function mayWrite(pid: number, file: string | undefined): boolean {
  if (process.platform !== "linux") return true;
  if (file === undefined) return false;
  const folder = `/proc/${pid}/fd`;
  try {
    return readdirSync(folder).some((entry) => isOpenIn(`${folder}/${entry}`, file));
  } catch (error) {
    // A process that can't be inspected counts as a writer.
    return errnoOf(error) === "EACCES" || errnoOf(error) === "EPERM";
  }
}

function isOpenIn(descriptor: string, file: string): boolean {
  try {
    return (lstatSync(descriptor).mode & MAY_WRITE) !== 0 && idOf(descriptor) === file;
  } catch {
    // The descriptor has just been closed.
    return false;
  }
}

function idOf(path: string): string | undefined {
  try {
    const { dev, ino } = statSync(path, { bigint: true });
    return `${dev}:${ino}`;
  } catch {
    return undefined;
  }
}
