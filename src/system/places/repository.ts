import { lstatSync, type Stats } from "node:fs";
import { dirname, join } from "node:path";

const ROOT_UID = 0;

/**
 * Returns the root of the repository that a folder is in: the nearest folder, itself included, with a `.git` that is a
 * file or a folder and belongs to this user or to root. Another user may have planted any other `.git`, so the search
 * goes on above it. git itself is not asked. Undefined outside of a repository.
 *
 * @param folder absolute, with symbolic links resolved
 */
export function repositoryRoot(folder: string, uid: number): string | undefined {
  if (isRepository(join(folder, ".git"), uid)) return folder;
  const parent = dirname(folder);
  return parent === folder ? undefined : repositoryRoot(parent, uid);
}

/** Returns a folder and those above it up to the root of its repository; outside of one, the folder alone. */
export function foldersUpToRoot(folder: string, uid: number): readonly [string, ...string[]] {
  const root = repositoryRoot(folder, uid);
  if (root === undefined) return [folder];
  const above: string[] = [];
  for (let now = folder; now !== root; now = dirname(now)) above.push(dirname(now));
  return [folder, ...above];
}

/** An empty folder is none: a sandbox may leave one in each folder that its agent may write to. */
function isRepository(git: string, uid: number): boolean {
  const found = statIfAny(git);
  if (found === undefined || (found.uid !== uid && found.uid !== ROOT_UID)) return false;
  return found.isFile() || (found.isDirectory() && statIfAny(join(git, "HEAD")) !== undefined);
}

function statIfAny(path: string): Stats | undefined {
  try {
    return lstatSync(path, { throwIfNoEntry: false });
  } catch {
    // A folder that this user may not search tells nothing.
    return undefined;
  }
}
