import type { NameScope } from "../domain/names/name.ts";
import type { Context } from "./context.ts";
import { hintCommand } from "./hint-command.ts";

/** What can be done about a name whose conversation is lost; nothing of ours reaches the names of a mapping file. */
export function lostHint(
  context: Context,
  { workspace, agent, mappingFile }: NameScope,
  name: string | undefined,
): string | undefined {
  if (name === undefined || mappingFile !== undefined) return undefined;
  const command = (verb: string, ...more: string[]) =>
    hintCommand(context, verb, { name, workspace, agent }, more);
  return `What was said is still in: ${command("history")}   Begin a new conversation under its name with: ${command("send", "--fresh")} '…'   See what else it has pointed at with: ${command("restore", "--list")}`;
}
