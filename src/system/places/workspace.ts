import { realpathSync, statSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { AppError } from "../../domain/errors.ts";
import { isWorkspaceId } from "../../domain/names/workspace-id.ts";
import { errnoOf } from "../errors.ts";

/**
 * Returns the absolute path of a folder with symbolic links resolved. Parts that do not exist are kept as
 * they are, as Python's `Path.resolve()` does.
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
 * Whether a workspace is no longer at its path: the folder does not exist, or a link to another folder has
 * replaced it. False where this can't be determined.
 */
export function isWorkspaceGone(workspace: string): boolean {
  try {
    return realpathSync(workspace) !== workspace || !statSync(workspace).isDirectory();
  } catch (error) {
    const errno = errnoOf(error);
    return errno === "ENOENT" || errno === "ENOTDIR";
  }
}

/**
 * Checks that an agent can be started in `workspace`. Without this check, a missing folder would be reported
 * as a missing program.
 *
 * @throws AppError `folder_missing`
 */
export function requireFolder(
  workspace: string,
  hint = "Pass the folder the conversation belongs to with --workspace DIR.",
): void {
  // What a workspace is called on every machine needs no folder here.
  if (isWorkspaceId(workspace)) return;
  let problem: string | undefined;
  try {
    if (!statSync(workspace).isDirectory()) problem = "is not a folder";
  } catch (error) {
    problem = errnoOf(error) === "ENOENT" ? "does not exist" : `can't be accessed (${errnoOf(error)})`;
  }
  if (problem !== undefined) {
    throw new AppError("folder_missing", `The workspace ${workspace} ${problem}.`, { hint });
  }
}
