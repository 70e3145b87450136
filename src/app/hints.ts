import type { NameScope } from "../domain/names/name.ts";
import { quoteWord, quoteWords } from "../domain/words.ts";
import { resolveWorkspace } from "../system/places/workspace.ts";
import type { Context } from "./context.ts";

/** Returns an `agent-sessions` command about a name, to be typed in the folder of this command. */
export function hintCommand(
  { cwd }: Context,
  verb: string,
  { name, workspace, agent }: { name: string; workspace: string; agent?: string | undefined },
  more: readonly string[] = [],
): string {
  const words = [
    ...more,
    ...(agent === undefined ? [] : ["--agent", agent]),
    ...(workspace === resolveWorkspace(cwd, cwd) ? [] : ["--workspace", workspace]),
  ];
  const rest = words.length === 0 ? "" : ` ${quoteWords(words)}`;
  return `agent-sessions ${verb} ${quoteWord(name)}${rest}`;
}

/**
 * Returns a hint for a name whose conversation is lost; none for names of a mapping file, which our commands
 * can't address.
 */
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
