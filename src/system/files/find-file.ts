import { readdirSync } from "node:fs";
import { join } from "node:path";

/**
 * Finds a file whose folders below `root` match `folders` level by level. The last match in sort order wins,
 * which for dated folders is the newest. Folders that can't be read are skipped.
 */
export function findFile(root: string, folders: readonly RegExp[], file: RegExp): string | undefined {
  const [level, ...deeper] = folders;
  const names = list(root).reverse();
  if (level === undefined) {
    const name = names.find((candidate) => file.test(candidate));
    return name === undefined ? undefined : join(root, name);
  }
  for (const name of names) {
    if (!level.test(name)) continue;
    const found = findFile(join(root, name), deeper, file);
    if (found !== undefined) return found;
  }
  return undefined;
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder).sort();
  } catch {
    return [];
  }
}
