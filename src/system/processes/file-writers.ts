import { lstatSync, readdirSync, statSync } from "node:fs";
import { errnoOf } from "../errors.ts";
import { livenessOf, type ProcessIdentity } from "./identity.ts";
import { findTree, type Tree } from "./tree.ts";

/** The bit of a descriptor's link in `/proc` that says that it was opened for writing. */
const MAY_WRITE = 0o200;

/**
 * Those of a tree who can still write into a file, because they have it open for that. Where there is no `/proc` to tell,
 * everybody of the tree who is found counts.
 */
export class FileWriters {
  private known: ProcessIdentity[] = [];

  constructor(
    private readonly tree: Tree,
    private readonly path: string,
  ) {}

  /** Who is left now. The machine's processes are looked through only when nobody is left of those found before. */
  left(): ProcessIdentity[] {
    // A look is no picture: who forks and ends while it is taken can slip through once.
    for (let look = 0; look < 2 && this.leftOfThese().length === 0; look += 1)
      this.known = findTree(this.tree);
    return this.leftOfThese();
  }

  /** Who is left of those that were found before. */
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
    // One that does not let us look is taken for one that may.
    return errnoOf(error) === "EACCES" || errnoOf(error) === "EPERM";
  }
}

function isOpenIn(descriptor: string, file: string): boolean {
  try {
    return (lstatSync(descriptor).mode & MAY_WRITE) !== 0 && idOf(descriptor) === file;
  } catch {
    // Closed in this very moment.
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
