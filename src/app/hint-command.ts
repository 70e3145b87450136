import { quoteWord, quoteWords } from "../domain/words.ts";
import { resolveWorkspace } from "../system/places/workspace.ts";
import type { Context } from "./context.ts";

/** A command of ours about a name, to be typed where this one was. */
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
