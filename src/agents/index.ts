import type { Agent } from "../domain/agent.ts";
import { AppError } from "../domain/errors.ts";
import { claude } from "./claude.ts";
import { codex } from "./codex.ts";

/** The agents we know, by the word that users type after `--agent`. */
export const agents = { claude, codex } as const satisfies Record<string, Agent>;

/** The agent of a new conversation where nobody says which. */
export const DEFAULT_AGENT: keyof typeof agents = "claude";

/** @throws AppError `usage` when there is no agent of that name. */
export function findAgent(name: string): Agent {
  const table: Record<string, Agent> = agents;
  const agent = Object.hasOwn(table, name) ? table[name] : undefined;
  if (agent !== undefined) return agent;
  throw new AppError("usage", `There is no agent named ${JSON.stringify(name)}.`, {
    hint: `Known agents: ${Object.keys(agents).join(", ")}.`,
  });
}
