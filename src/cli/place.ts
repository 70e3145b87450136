import type { Context } from "../app/context.ts";
import { type Folders, placeOfName, refuseOutOfSight, type Sought } from "../app/names/place.ts";
import { AppError } from "../domain/errors.ts";
import { isWorkspaceId } from "../domain/names/workspace-id.ts";
import { foldersUpToRoot } from "../system/places/repository.ts";
import { resolveWorkspace } from "../system/places/workspace.ts";
import { type CommonOptions, refuseTogether } from "./options.ts";
import type { CommandIo } from "./terminal.ts";

/** Returns the folder that a command is about, without a look at those above it. */
export function workspaceOf({ around }: CommandIo, { workspace, here }: CommonOptions): string {
  refuseTogether({ "--workspace": workspace, "--here": here });
  if (workspace === "")
    throw new AppError("usage", "--workspace is empty.", { hint: "Give a folder: --workspace DIR" });
  if (workspace !== undefined && isWorkspaceId(workspace)) return workspace;
  return resolveWorkspace(workspace ?? around.cwd, around.cwd);
}

/** Returns the folders whose names a command sees: those up to the root of the repository, unless the options say which. */
export function foldersOf(io: CommandIo, options: CommonOptions): Folders {
  const folder = workspaceOf(io, options);
  const isGiven = options.workspace !== undefined || options.here === true;
  return isGiven ? [folder] : foldersUpToRoot(folder, io.around);
}

/** Returns where a name is, and of which agent. Tells people if that is not the folder they are in. */
export async function placeOf(
  io: CommandIo,
  context: Context,
  options: CommonOptions,
  sought: string | Sought,
): Promise<{ workspace: string; agent: string | undefined }> {
  const { agent } = options;
  const folders = foldersOf(io, options);
  const { name, ...more } = typeof sought === "string" ? { name: sought } : sought;
  const workspace = await placeOfName(context, folders, { agent, ...more, name });
  if (workspace !== folders[0])
    context.notify(`${JSON.stringify(name)} belongs to ${workspace}: its agent runs there.`);
  return { workspace, agent };
}

/** Does the same for a command that gives a second name, in the folder of the first. @throws AppError `name_exists` */
export async function placeOfBoth(
  io: CommandIo,
  context: Context,
  options: CommonOptions,
  { name, newName }: { name: string; newName: string },
): Promise<{ workspace: string; agent: string | undefined }> {
  const place = await placeOf(io, context, options, name);
  await refuseOutOfSight(context, foldersOf(io, options), { name: newName, workspace: place.workspace });
  return place;
}
