import type { Context } from "../../app/context.ts";
import { asCommands } from "../../app/wording.ts";

/** Returns the command that brings a removed name back: to be typed here, or anywhere if a workspace was given. */
export function undoOf(
  { wording }: Context,
  { workspace: given }: { workspace?: string },
  removed: { name: string; agent?: string | undefined; workspace: string },
): string {
  const { name, agent, workspace } = removed;
  return (given === undefined ? wording : asCommands()).step("restore", { name, agent, workspace });
}
