import { lstatSync, realpathSync, type Stats } from "node:fs";
import { dirname, join } from "node:path";
import { readBytes, withFile } from "../files/read.ts";

const ROOT_UID = 0;

interface User {
  uid: number;
  /** Absent if it is not known. */
  userHome?: string | undefined;
}

/**
 * Returns the root of the repository that a folder is in: the nearest folder, itself included, with a `.git` that belongs to
 * this user or to root. Another user may have planted any other `.git`, so the search goes on above it. git itself is not
 * asked. A home folder that is a repository, of dotfiles, is none for the folders in it. Undefined outside of a
 * repository.
 *
 * @param folder absolute, with symbolic links resolved
 */
export function repositoryRoot(folder: string, user: User): string | undefined {
  if (isRepository(join(folder, ".git"), user.uid)) return folder;
  const parent = dirname(folder);
  return parent === folder || isHome(parent, user) ? undefined : repositoryRoot(parent, user);
}

/** Returns a folder and those above it up to the root of its repository; outside of one, the folder alone. */
export function foldersUpToRoot(folder: string, user: User): readonly [string, ...string[]] {
  const root = repositoryRoot(folder, user);
  if (root === undefined) return [folder];
  const above: string[] = [];
  for (let now = folder; now !== root; now = dirname(now)) above.push(dirname(now));
  return [folder, ...above];
}

function isHome(folder: string, { userHome }: User): boolean {
  if (userHome === undefined) return false;
  try {
    return folder === userHome || folder === realpathSync(userHome);
  } catch {
    return false;
  }
}

/** An empty file or folder is none: a sandbox may leave one in each folder that its agent may write to. */
function isRepository(git: string, uid: number): boolean {
  const found = statIfAny(git);
  if (found === undefined || (found.uid !== uid && found.uid !== ROOT_UID)) return false;
  return found.isDirectory()
    ? statIfAny(join(git, "HEAD")) !== undefined
    : found.isFile() && pointsElsewhere(git);
}

/** What a `.git` file begins with. */
const POINTER = "gitdir: ";

/** Whether a file says where the repository is, as that of a worktree and of a submodule does. */
function pointsElsewhere(file: string): boolean {
  try {
    return withFile(file, (at) => readBytes(at, 0, POINTER.length))?.toString() === POINTER;
  } catch {
    return false;
  }
}

function statIfAny(path: string): Stats | undefined {
  try {
    return lstatSync(path, { throwIfNoEntry: false });
  } catch {
    // A folder that this user may not search tells nothing.
    return undefined;
  }
}
