import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";

export interface FoundFile {
  path: string;
  name: string;
  changedMs: number;
}

/**
 * Finds a file whose folders below `root` match `folders` level by level. The last match in sort order wins,
 * which for dated folders is the newest, or else the first. Folders that can't be read are skipped.
 */
export function findFile(
  root: string,
  folders: readonly RegExp[],
  file: RegExp,
  { isFirst = false } = {},
): string | undefined {
  const found = filesIn(root, folders, (name) => file.test(name));
  if (isFirst) return [...found].at(-1)?.path;
  for (const { path } of found) return path;
  return undefined;
}

/**
 * Finds the plain files whose folders below `root` match `folders` level by level and whose names pass
 * `isMeant`, latest change first. Files and folders that can't be read are skipped.
 */
export function findFiles(
  root: string,
  folders: readonly RegExp[],
  isMeant: (name: string) => boolean,
): FoundFile[] {
  const found: FoundFile[] = [];
  for (const file of filesIn(root, folders, isMeant)) {
    const changedMs = changeOf(file.path);
    if (changedMs !== undefined) found.push({ ...file, changedMs });
  }
  return found.sort((left, right) => right.changedMs - left.changedMs);
}

/** Yields the matching names, last in sort order first; a folder is read when it is its turn. */
function* filesIn(
  folder: string,
  folders: readonly RegExp[],
  isMeant: (name: string) => boolean,
): Generator<{ path: string; name: string }> {
  const [level, ...deeper] = folders;
  for (const name of list(folder)) {
    const path = join(folder, name);
    if (level === undefined) {
      if (isMeant(name)) yield { path, name };
    } else if (level.test(name)) yield* filesIn(path, deeper, isMeant);
  }
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder).sort().reverse();
  } catch {
    return [];
  }
}

/** Returns when a plain file was changed; undefined for anything else: opening it may block. */
function changeOf(path: string): number | undefined {
  try {
    const found = statSync(path, { throwIfNoEntry: false });
    return found?.isFile() ? found.mtimeMs : undefined;
  } catch {
    return undefined;
  }
}
