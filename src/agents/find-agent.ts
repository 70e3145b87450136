import type { Agent } from "../domain/agent/agent.ts";
import { AppError } from "../domain/errors.ts";

/** @throws AppError `usage` when there is no agent of that name in the table. */
export function findAgentIn(table: Readonly<Record<string, Agent>>, name: string): Agent {
  const agent = Object.hasOwn(table, name) ? table[name] : undefined;
  if (agent !== undefined) return agent;
  throw new AppError("usage", `Unknown agent ${JSON.stringify(name)}.`, {
    hint: `Known agents: ${Object.keys(table).join(", ")}.`,
  });
}
