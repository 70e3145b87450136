import { accessSync, constants, statSync } from "node:fs";
import { delimiter, isAbsolute, join, resolve } from "node:path";

/**
 * Returns the file that `name` would run, found as a shell does: in `path`, or relative to `cwd` if the name
 * contains a slash. Undefined when there is no executable file.
 */
export function findExecutable(name: string, path: string, cwd: string): string | undefined {
  if (name.includes("/")) {
    const file = isAbsolute(name) ? name : resolve(cwd, name);
    return isExecutable(file) ? file : undefined;
  }
  for (const folder of path.split(delimiter)) {
    const file = join(folder === "" ? cwd : resolve(cwd, folder), name);
    if (isExecutable(file)) return file;
  }
  return undefined;
}

/** Returns what changes when another program is put into this place; links are followed. */
export function programState(file: string): { inode: string; bytes: number; changedMs: number } | undefined {
  const found = statSync(file, { bigint: true, throwIfNoEntry: false });
  return found && { inode: String(found.ino), bytes: Number(found.size), changedMs: Number(found.mtimeMs) };
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}
