import { join } from "node:path";
import { AppError } from "../../domain/errors.ts";
import { folderAt } from "../../system/files/read.ts";
import { trackingOf } from "../../system/places/git.ts";

/** A project, and the environment for git. */
export interface Project {
  folder: string;
  env: Readonly<Record<string, string | undefined>>;
}

/**
 * Refuses a `.claude` that is a link, unless the user made it: through a link that came with a repository,
 * the repository's author would choose where we write.
 *
 * @throws AppError `state_unwritable`
 */
export function refuseForeignLink({ folder, env }: Project): void {
  const path = join(folder, ".claude");
  if (folderAt(path) !== "other") return;
  const tracking = trackingOf(folder, ".claude", env);
  if (tracking === "untracked") return;
  const whence = tracking === "tracked" ? "it came with the repository" : "git can't say whose it is";
  throw new AppError("state_unwritable", `${path} is a link, and ${whence}; nothing is written through it.`, {
    hint: "Put a folder in its place if you want this project to have checkpoints.",
  });
}
