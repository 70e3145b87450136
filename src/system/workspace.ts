import { realpathSync, statSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { AppError } from "../domain/errors.ts";
import { errnoOf } from "./errno.ts";

/**
 * The absolute path of a folder with symbolic links resolved; parts that do not exist are kept as they are,
 * as Python's `Path.resolve()` does.
 */
export function resolveWorkspace(folder: string, cwd: string): string {
  const absolute = resolve(cwd, folder);
  try {
    return realpathSync(absolute);
  } catch {
    const parent = dirname(absolute);
    return parent === absolute ? absolute : join(resolveWorkspace(parent, cwd), basename(absolute));
  }
}

/**
 * Makes sure an agent can be started in `workspace`. Without this check a missing folder would be reported
 * as a missing program.
 *
 * @throws AppError `folder_missing`
 */
export function requireFolder(workspace: string): void {
  let problem: string | undefined;
  try {
    if (!statSync(workspace).isDirectory()) problem = "is not a folder";
  } catch (error) {
    problem = errnoOf(error) === "ENOENT" ? "does not exist" : `can't be entered (${errnoOf(error)})`;
  }
  if (problem !== undefined) {
    throw new AppError("folder_missing", `The workspace ${workspace} ${problem}.`, {
      hint: "Pass the folder the conversation belongs to with --workspace DIR.",
    });
  }
}
