import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";

export interface FoundFile {
  path: string;
  name: string;
  changedMs: number;
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
  return walk(root, folders, isMeant).sort((left, right) => right.changedMs - left.changedMs);
}

function walk(folder: string, folders: readonly RegExp[], isMeant: (name: string) => boolean): FoundFile[] {
  const [level, ...deeper] = folders;
  const names = list(folder);
  if (level !== undefined) {
    return names
      .filter((name) => level.test(name))
      .flatMap((name) => walk(join(folder, name), deeper, isMeant));
  }
  return names.filter(isMeant).flatMap((name) => {
    const path = join(folder, name);
    const changedMs = changeOf(path);
    return changedMs === undefined ? [] : [{ path, name, changedMs }];
  });
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder);
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
