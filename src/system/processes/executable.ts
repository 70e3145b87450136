import { accessSync, constants, realpathSync, statSync } from "node:fs";
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

/** What changes when another program is put into a place. */
export interface ProgramState {
  inode: string;
  bytes: number;
  changedMs: number;
}

/** Returns the state of the program in this place; links are followed. Undefined if there is none. */
export function programState(file: string): ProgramState | undefined {
  const found = statSync(file, { bigint: true, throwIfNoEntry: false });
  return found && { inode: String(found.ino), bytes: Number(found.size), changedMs: Number(found.mtimeMs) };
}

export function isSameProgram(left: ProgramState, right: ProgramState): boolean {
  return left.inode === right.inode && left.bytes === right.bytes && left.changedMs === right.changedMs;
}

/** Returns the file that a path leads to, through all links; undefined if it leads to none. */
export function realFileOf(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch {
    return undefined;
  }
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}
