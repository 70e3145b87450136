import { quoteWords } from "../../domain/words.ts";

/** Returns the command that brings a removed name back; with the agent where two agents may have had the name. */
export function undoOf(
  { name, agent }: { name: string; agent: string },
  { workspace }: { workspace?: string },
  needsAgent: boolean,
): string {
  const where = workspace === undefined ? [] : ["--workspace", workspace];
  const whose = needsAgent ? ["--agent", agent] : [];
  return quoteWords(["agent-sessions", "restore", name, ...whose, ...where]);
}
