import type { NameScope } from "../domain/names/name.ts";
import type { Context } from "./context.ts";

/** Returns the hint of a name that two agents own. */
export function whichAgent({ wording: { choice } }: Context, first: string, second: string): string {
  return `Say which: ${choice({ agent: first })} or ${choice({ agent: second })}`;
}

/**
 * Returns a hint for a name whose conversation is lost; none for names of a mapping file, which nobody can
 * address but the original scripts.
 */
export function lostHint(
  { wording: { step } }: Context,
  { workspace, agent, mappingFile }: NameScope,
  name: string | undefined,
): string | undefined {
  if (name === undefined || mappingFile !== undefined) return undefined;
  const about = { name, workspace, agent };
  return `What was said is still in: ${step("history", about)}   Begin a new conversation under its name with: ${step("send", { fresh: true, ...about })}   See what else it has pointed at with: ${step("moves", about)}`;
}
