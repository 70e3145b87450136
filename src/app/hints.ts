import type { NameScope } from "../domain/names/name.ts";
import type { Context } from "./context.ts";

/** Returns the hint of what several agents have. */
export function whichAgent({ wording }: Context, agents: Iterable<string>): string {
  return `Say which: ${Array.from(agents, (agent) => wording.choice({ agent })).join(" or ")}`;
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
